import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS, type Ruling, ruling } from '../../../core/job/commands.ts';
import { jobSchema } from '../../../core/job/job.ts';
import {
  BEFORE_RUN_STATUSES,
  classOf,
  FAILURE_STATUSES,
  isSettled,
  STATUSES,
  type Status,
} from '../../../core/job/status.ts';
import { mayMove } from '../../../core/job/transitions.ts';
import { type Cell, STATUS_VIEWS } from '../../../core/views/status-views.ts';
import type { System } from '../../../core/views/vocabularies.ts';

const PAGE = readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8');

/** What the page marks as not built yet. */
const LATER = ' †';

const STATUS_TABLE = tableUnder('Statuses');
const MOVES_TABLE = tableUnder('Moves');
const COMMAND_TABLE = tableUnder('Commands');

describe('the status table of docs/lifecycle.md', () => {
  it('has every status, once, in order', () => {
    expect(STATUS_TABLE.rows.map((row) => statusOf(row))).toEqual(STATUSES);
  });

  it('prints the classes', () => {
    for (const row of STATUS_TABLE.rows) {
      expect([row[0], row[1]]).toEqual([row[0], classOf(knownStatus(statusOf(row)))]);
    }
  });

  it('prints the five vocabularies', () => {
    const systems = ['oracle', 'hmc', 'clarive', 'ganeti', 'flex'] as const satisfies readonly System[];
    for (const row of STATUS_TABLE.rows) {
      const cells = STATUS_VIEWS[knownStatus(statusOf(row))];
      expect([row[0], ...row.slice(3)]).toEqual([row[0], ...systems.map((system) => printed(cells[system]))]);
    }
  });

  it('marks exactly the statuses that no stored job can have yet', () => {
    const stored = new Set<string>(
      jobSchema.options.flatMap((option) =>
        'options' in option
          ? option.options.flatMap(({ shape }) => [...valuesOf(shape.status)])
          : [...valuesOf(option.shape.status)],
      ),
    );
    const unmarked = STATUS_TABLE.rows.map(([cell = '']) => cell).filter((cell) => !cell.endsWith(LATER));
    expect(unmarked).toEqual(STATUSES.filter((status) => stored.has(status)));
  });
});

describe('the moves of docs/lifecycle.md', () => {
  it('are those of the transition table', () => {
    const moves = new Map(
      MOVES_TABLE.rows.flatMap(([from = '', to = '']) =>
        expanded(from).map((status) => [status, new Set(expanded(to))] as const),
      ),
    );
    expect(moves.size).toBe(STATUSES.length + 1);
    for (const from of ['(submit)', ...STATUSES] as const) {
      const printedMoves = STATUSES.filter(
        (to) => moves.get(from)?.has(to) || (from !== '(submit)' && isForced(from, to)),
      );
      const known = STATUSES.filter((to) => mayMove(from === '(submit)' ? null : from, to));
      expect([from, ...printedMoves]).toEqual([from, ...known]);
    }
  });
});

describe('the command table of docs/lifecycle.md', () => {
  it('has every command as a column', () => {
    expect(COMMAND_TABLE.head.slice(1).map(unmarkedName)).toEqual(COMMANDS);
  });

  it('has every status in one row', () => {
    const printedStatuses = COMMAND_TABLE.rows.flatMap(([cell = '']) => cell.split(', '));
    expect([...printedStatuses].sort()).toEqual([...STATUSES].sort());
  });

  it('rules as the code does', () => {
    for (const [group = '', ...cells] of COMMAND_TABLE.rows) {
      for (const name of group.split(', ')) {
        const status = knownStatus(name);
        expect([status, ...cells.map(rulingOf)]).toEqual([
          status,
          ...COMMANDS.map((command) => ruling(status, command)),
        ]);
      }
    }
  });
});

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first table below a heading. */
function tableUnder(heading: string): Table {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  const [head = [], , ...rows] = cells;
  return { head, rows };
}

function unmarkedName(cell: string): string {
  return cell.replace(LATER, '');
}

function statusOf([cell = '']: readonly string[]): string {
  return unmarkedName(cell);
}

function knownStatus(name: string): Status {
  const status = STATUSES.find((known) => known === name);
  if (status === undefined) throw new Error(`the page names '${name}', which is no status`);
  return status;
}

/** A cell of the five vocabularies as the page prints it. */
function printed<S extends System>({ word, exact, onceRun }: Cell<S>): string {
  const before = exact === false ? `≈${word}` : word;
  if (onceRun !== undefined) return `${before} / ≈${onceRun} ²`;
  return exact === 'if nothing is left behind' ? `${before} ³` : before;
}

function expanded(cell: string): readonly string[] {
  return cell.split(', ').flatMap((name): readonly string[] => {
    if (name === 'W') return BEFORE_RUN_STATUSES;
    return name === 'F' ? FAILURE_STATUSES : [name];
  });
}

/** What the sentence below the table says of `force`. */
function isForced(from: Status, to: Status): boolean {
  const ends = to === 'CANCELED_BEFORE_START' || to === 'CANCELED_WHILE_RUNNING';
  return ends && !isSettled(from) && from !== 'ROLLING_BACK';
}

function rulingOf(cell: string): Ruling {
  if (unmarkedName(cell) === 'Y') return 'allowed';
  if (cell === '–') return 'refused';
  if (/^if [¹²³⁴]$/.test(cell)) return 'conditional';
  throw new Error(`a cell of the command table reads '${cell}'`);
}

function valuesOf(schema: { readonly options: readonly string[] } | { readonly values: Set<string> }) {
  return 'options' in schema ? schema.options : schema.values;
}
