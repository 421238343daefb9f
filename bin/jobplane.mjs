#!/usr/bin/env node
// The packed package has the command line as one file; a checkout runs its source.
import { existsSync } from 'node:fs';

const packed = new URL('../dist/cli/jobplane.mjs', import.meta.url);

if (existsSync(packed)) {
  await import(packed.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../cli/main.ts');
}
