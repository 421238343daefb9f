import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { REFERENCE_MARK, renderReference } from '../../../cli/reference.ts';
import { REPOSITORY } from '../../../local/paths.ts';

it('the reference in docs/cli.md is the one of the declared commands: else run npm run docs:cli', () => {
  const document = readFileSync(join(REPOSITORY, 'docs', 'cli.md'), 'utf8');
  expect(document.slice(document.indexOf(REFERENCE_MARK))).toBe(renderReference(COMMANDS));
});
