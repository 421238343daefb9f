#!/usr/bin/env node
// The command line of a checkout, from its source. In the package that others install it is one file.
import { register } from 'tsx/esm/api';

register();
await import('../cli/main.ts');
