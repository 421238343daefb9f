import { describe, expect, it } from 'vitest';
import { runHistory } from '../support/simulation/history.ts';
import { PREVIOUS_MACHINES } from '../support/simulation/machines.ts';

const HISTORIES = 30;

/** Executions keep the definition that they were started with, and call the functions that are there now. */
describe.each(['jobs', 'families'] as const)('%s that an upgrade finds running', (kind) => {
  it('hold every invariant on the functions of today', async () => {
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const { violation } = await runHistory({ kind, seed, machines: PREVIOUS_MACHINES });
      expect(violation, `seed ${seed}`).toBeNull();
    }
  });
});
