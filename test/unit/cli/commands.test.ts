import { describe, expect, it } from 'vitest';
import { ROUTES as CALLED } from '../../../cli/api/routes.ts';
import { COMMANDS } from '../../../cli/commands.ts';
import { makeProgram } from '../../../cli/program.ts';
import { ROUTES } from '../../../functions/api/routes.ts';

/** Routes that no command calls, and why not. */
const NOT_FOR_THE_TERMINAL: Readonly<Record<string, string>> = {
  'get-open-api': 'it is for programs, which ask for it by themselves',
};

const LINES = COMMANDS.flatMap(({ name, examples }) =>
  examples.filter((line) => line.startsWith('jobplane ')).map((line) => ({ name, line })),
);

describe('the declared commands', () => {
  it('reach every route of the API', () => {
    const called = new Set<string>(COMMANDS.flatMap(({ calls }) => calls));
    const missing = Object.keys(ROUTES).filter(
      (route) => !called.has(route) && !(route in NOT_FOR_THE_TERMINAL),
    );
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(CALLED))('know where %s is', (route, where) => {
    const { method, path } = Object.entries(ROUTES).find(([name]) => name === route)?.[1] ?? {};
    expect(where).toBe(`${method} ${path}`);
  });

  it('have names of their own', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('each have an example', () => {
    expect(COMMANDS.filter(({ examples }) => examples.length === 0)).toEqual([]);
  });

  it.each(LINES)('take their example: $line', async ({ name, line }) => {
    const ran: string[] = [];
    const program = makeProgram(COMMANDS, {
      version: '0',
      out: () => undefined,
      err: () => undefined,
      run: async (command) => {
        ran.push(command.name);
      },
    });
    await program.parseAsync(wordsOf(line.split(' | ')[0] ?? ''), { from: 'user' });
    expect(ran).toEqual([name]);
  });
});

/** Words as a shell parts them, but for what it puts in. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, single, double, bare]) => single ?? double ?? bare ?? '')
    .slice(1);
}
