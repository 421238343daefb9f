import { readFile, writeFile } from 'node:fs/promises';
import { COMMANDS } from '../cli/commands.ts';
import { REFERENCE_MARK, renderReference } from '../cli/reference.ts';

const FILE = 'docs/cli.md';

// What is above the mark is written by people.
const [head = ''] = (await readFile(FILE, 'utf8')).split(REFERENCE_MARK);
await writeFile(FILE, `${head}${renderReference(COMMANDS)}`);
