import { describe, expect, it } from 'vitest';
import { JOB_MACHINE } from '../support/simulation/job-machine.ts';
import type { JobPlan } from '../support/simulation/job-plan.ts';
import { MACHINES, PREVIOUS_MACHINES } from '../support/simulation/machines.ts';
import { runScenario, type Scenario } from '../support/simulation/scenario.ts';
import { statesOf } from './lint-rules.ts';
import { CANCEL, fails, planOf, SUCCEEDS } from './plans.ts';

const ROLLBACK = { action: 'function', when: 'completed' };

/** One path for each way a job can end; the files beside this one hold the states it enters. */
const PATHS: Readonly<Record<string, JobPlan>> = {
  success: planOf([{}, {}, { step: 'POST' }]),
  'success-of-pre-and-run': planOf([{ step: 'PRE' }, {}]),
  'success-after-a-retry': planOf([{ retry: { maxAttempts: 2, interval: 'PT1S' } }], {
    behaviours: { 0: [fails('Broken'), SUCCEEDS] },
  }),
  'failure-with-rollback': planOf([{ rollback: ROLLBACK }, {}, { step: 'POST' }], {
    behaviours: { 1: [fails('Fatal')] },
  }),
  'failure-continued': planOf([{ onError: 'continue' }, {}], { behaviours: { 0: [fails('Fatal')] } }),
  'failure-of-a-rollback': planOf([{ rollback: ROLLBACK }, {}], {
    behaviours: { 1: [fails('Fatal')], 2: [fails('Fatal')] },
  }),
  'cancel-while-running': planOf([{ rollback: ROLLBACK }, {}, {}], {
    behaviours: { 1: [{ kind: 'succeed', afterMs: 60_000 }] },
    // Submitted, started, completed, started: the second op runs.
    commands: [{ afterCommits: 4, command: CANCEL }],
  }),
  timeout: planOf([{ timeout: 'PT5S' }], { behaviours: { 0: [{ kind: 'silent' }] } }),
  'wait-over': planOf([{ action: 'wait', input: { seconds: 3 } }]),
  superseded: planOf([{}, {}], { commands: [{ afterCommits: 1, command: CANCEL }] }),
};

/** Seeds by which the race of a path goes the way its name says. */
const SEEDS: Readonly<Record<string, number>> = { superseded: 1 };

describe('paths through the job machine', () => {
  for (const [name, plan] of Object.entries(PATHS)) {
    it(`enters the states of golden/${name}.txt`, async () => {
      const scenario = await runScenario(plan, SEEDS[name]);
      await expect(wordsOf(scenario)).toMatchFileSnapshot(`./golden/${name}.txt`);
    });

    it(`ends ${name} as well where an upgrade finds its executions running`, async () => {
      const [now, before] = await Promise.all(
        [MACHINES, PREVIOUS_MACHINES].map((machines) => runScenario(plan, SEEDS[name], machines)),
      );
      expect(before?.job).toEqual(now?.job);
    });
  }

  it.each([1, 5, 20])(
    'enters N + 2 states for %i ops that go well, each a Task or the Map',
    async (count) => {
      const { executions } = await runScenario(planOf(Array.from({ length: count }, () => ({}))));
      expect(executions).toHaveLength(1);
      const entered = executions.flatMap((execution) => execution.entered);
      expect(entered).toHaveLength(count + 2);
      const types = new Map(statesOf(JOB_MACHINE).map(([state, { Type }]) => [state, Type]));
      expect(new Set(entered.map((state) => types.get(state)))).toEqual(new Set(['Task', 'Map']));
    },
  );

  it('enters at most four states more for a failed try that is tried again', async () => {
    const retry = { maxAttempts: 4, interval: 'PT10S', backoff: 1 };
    const tries = [fails('Broken'), fails('Broken'), fails('Broken'), SUCCEEDS];
    const { executions } = await runScenario(planOf([{ retry }], { behaviours: { 0: tries } }));
    const entered = executions.flatMap((execution) => execution.entered);
    expect(entered.filter((state) => state === 'Perform op')).toHaveLength(4);
    expect(entered.length).toBeLessThanOrEqual(1 + 2 + 3 * 4);
  });
});

/** How the job ended, and the states that each of its executions entered. */
function wordsOf({ job, executions }: Scenario): string {
  const told = executions.map(({ name, status, error, entered }) => {
    const head = `${name.split('-').slice(1).join('-')}: ${error === undefined ? status : `${status}, ${error}`}`;
    return [head, ...entered.map((state) => `  ${state}`)].join('\n');
  });
  return `${[`${job.status}, rollback ${job.rollback}`, ...told].join('\n\n')}\n`;
}
