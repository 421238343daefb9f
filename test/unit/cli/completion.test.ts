import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { completionScript } from '../../../cli/completion.ts';

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${completionScript('bash', COMMANDS)}
COMP_WORDS=(jobplane ${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_jobplane
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe('completion in bash', () => {
  it.each([
    [['su'], ['submit']],
    [['sch'], ['schedule']],
    [
      ['queue', ''],
      ['list', 'put'],
    ],
    [['cancel', 'ID', '--on'], ['--only-if-queued']],
    [
      ['trap', 'ID', 're'],
      ['retry', 'resume'],
    ],
    [['list', '--class', 'at'], ['attention']],
    [
      ['queue', 'put', 'nightly', '--max'],
      ['--max-running', '--max-admitted'],
    ],
    [['get', 'ID', '--output', 'y'], ['yaml']],
  ])('of %j offers %j', (words, offers) => {
    expect(offered(...words)).toEqual(offers);
  });
});

describe.each(['zsh', 'fish'] as const)('completion in %s', (shell) => {
  it('names every command', () => {
    const script = completionScript(shell, COMMANDS);
    for (const word of COMMANDS.flatMap(({ name }) => name.split(' '))) expect(script).toMatch(word);
  });
});
