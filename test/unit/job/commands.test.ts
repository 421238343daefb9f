import { describe, expect, it } from 'vitest';
import { COMMANDS, type Command, possibleCommands, type Ruling, ruling } from '../../../core/job/commands.ts';
import { STATUSES, type Status } from '../../../core/job/status.ts';

/**
 * The command table written a second time, by hand: `Y` allowed, `c` conditional, `-` refused.
 * QUEUED stands for three rows that its reason tells apart (waiting, starting, regaining a slot):
 * where they differ, the cell is conditional.
 */
const TABLE = `
STATUS                  confirm approve reject reschedule cancel force pause resume trap rerun priority delete rollback note
CREATED                 Y       -       -      Y          Y      Y     -     -      -    -     Y        -      -        Y
SCHEDULED               -       -       -      Y          Y      Y     -     -      -    -     Y        -      -        Y
PENDING                 -       -       -      Y          Y      Y     -     -      -    -     Y        -      -        Y
QUEUED                  -       -       -      c          Y      Y     c     c      -    -     c        -      -        Y
WAITING_APPROVAL        -       Y       Y      Y          Y      Y     -     -      -    -     Y        -      -        Y
WAITING_DEPENDENCY      -       -       -      Y          Y      Y     -     -      -    -     Y        -      -        Y
WAITING_LOCK            -       -       -      Y          Y      Y     -     -      -    -     Y        -      -        Y
RUNNING                 -       -       -      -          Y      Y     Y     Y      -    -     c        -      -        Y
CHILD_QUEUED            -       -       -      -          Y      Y     Y     Y      -    -     c        -      -        Y
CHILD_RUNNING           -       -       -      -          Y      Y     Y     Y      -    -     c        -      -        Y
PAUSED                  -       -       -      -          Y      Y     -     Y      -    -     c        -      -        Y
TRAPPED                 -       -       -      -          Y      Y     -     -      Y    -     c        -      -        Y
TRAP_PAUSED             -       -       -      -          Y      Y     -     -      Y    -     c        -      -        Y
CANCELING               -       -       -      -          -      Y     -     -      -    -     -        -      -        Y
ROLLING_BACK            -       -       -      -          -      Y     -     -      -    -     -        -      -        Y
REJECTED                -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
EXPIRED                 -       -       -      Y          Y      Y     -     -      -    Y     -        Y      c        Y
COMPLETED_OK            -       -       -      -          -      -     -     -      -    c     -        Y      c        Y
COMPLETED_WITH_WARNINGS -       -       -      -          -      -     -     -      -    c     -        Y      c        Y
COMPLETED_WITH_ERROR    -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
FAILED_TO_START         -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
FAILED                  -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
FAILED_RETRYABLE        -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
TIMED_OUT               -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
ABENDED                 -       -       -      -          Y      Y     -     -      -    Y     -        Y      c        Y
CANCELED_BEFORE_START   -       -       -      -          -      -     -     -      -    -     -        Y      c        Y
CANCELED_WHILE_RUNNING  -       -       -      -          -      -     -     -      -    -     -        Y      c        Y
CANCELED_AFTER_FAILURE  -       -       -      -          -      -     -     -      -    -     -        Y      c        Y
ROLLED_BACK             -       -       -      -          -      -     -     -      -    -     -        Y      c        Y
`;

const RULINGS: ReadonlyMap<string, Ruling> = new Map([
  ['Y', 'allowed'],
  ['c', 'conditional'],
  ['-', 'refused'],
]);

const [HEAD = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

const CELLS = new Map(
  ROWS.flatMap(([status, ...cells]) =>
    cells.map((cell, column) => [`${status} ${HEAD[column + 1]}`, RULINGS.get(cell)] as const),
  ),
);

function listed(status: Status, command: Command): Ruling | undefined {
  return CELLS.get(`${status} ${command}`);
}

describe('the command table', () => {
  it('has a cell for every command in every status', () => {
    expect(CELLS.size).toBe(STATUSES.length * COMMANDS.length);
    for (const status of STATUSES) {
      for (const command of COMMANDS) expect(listed(status, command)).toBeDefined();
    }
  });

  it.each(STATUSES)('rules on every command in %s as listed', (status) => {
    const ruled = Object.fromEntries(COMMANDS.map((command) => [command, ruling(status, command)]));
    const wanted = Object.fromEntries(COMMANDS.map((command) => [command, listed(status, command)]));
    expect(ruled).toEqual(wanted);
  });

  it.each(STATUSES)('names what is possible in %s', (status) => {
    expect(possibleCommands(status)).toEqual(
      COMMANDS.filter((command) => listed(status, command) !== 'refused'),
    );
  });
});
