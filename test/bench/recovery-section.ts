import { setTimeout as pause } from 'node:timers/promises';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Bench } from './bench-stack.ts';
import type { Figure, Section } from './report.ts';
import {
  FAILS,
  OPS,
  PAUSABLE,
  RETRIED_TWICE,
  type SampleJob,
  TRAPS,
  UNDOABLE,
  type WorkersAnswer,
} from './sample-jobs.ts';
import { executionsOf } from './transitions.ts';

/** An execution enters the Map, one state an op, and the end. */
const BEYOND_OPS = 2;

const BEYOND_A_RETRIED_TRY = 4;

/** How long a job is held: the sweeper has come by in the longer time. */
const HELD_MS = { short: 0, long: 65_000 } as const;

const HELD_SECONDS = HELD_MS.long / 1_000;

/** Holds jobs, runs them again and undoes them, and counts the states that their executions entered. */
export async function measureRecovery(bench: Bench): Promise<Section> {
  const beyond = async (id: JobId) => (await statesOf(bench, id, 1)) - (OPS + BEYOND_OPS);
  const { runner } = bench;

  const retried = await runner.run(RETRIED_TWICE);
  const trap = async (heldMs: number) => beyond(await trapped(bench, heldMs));
  const held = async (heldMs: number) => beyond(await paused(bench, heldMs));
  const [shortTrap, longTrap, shortPause, longPause] = await Promise.all([
    trap(HELD_MS.short),
    trap(HELD_MS.long),
    held(HELD_MS.short),
    held(HELD_MS.long),
  ]);
  return {
    title: 'State transitions of what does not go well',
    figures: [
      states('two retried tries, beyond N + 2', await beyond(retried.id), 2 * BEYOND_A_RETRIED_TRY),
      states('a trap that is answered with retry at once, beyond', shortTrap, BEYOND_A_RETRIED_TRY),
      states(`the same after ${HELD_SECONDS} s`, longTrap, shortTrap),
      states('a pause that is ended at once, beyond', shortPause),
      states(`the same after ${HELD_SECONDS} s`, longPause, shortPause),
      await rerun(bench),
      await undone(bench),
    ],
    notes: [
      'Counted as above. Who waits for an answer or to be resumed enters no state meanwhile: a token is kept.',
      'A pause costs the call that finds the job is to pause, and the way back from there.',
    ],
  };
}

function states(name: string, value: number, target?: number): Figure {
  return { name, value, unit: 'states', ...(target === undefined ? {} : { target }) };
}

async function statesOf({ stack }: Bench, id: JobId, attempt: number): Promise<number> {
  const [path, ...others] = (await executionsOf(stack, id)).filter((found) => found.attempt === attempt);
  if (path === undefined || others.length > 0) {
    throw new Error(`attempt ${attempt} of job ${id} has not one execution`);
  }
  return path.states.length;
}

/** What a worker says of the first op at its n-th try. */
const completes = (number: number): WorkersAnswer => ({ op: 0, try: number, verb: 'complete' });

async function trapped({ runner }: Bench, heldMs: number): Promise<JobId> {
  const job = await runner.submit(TRAPS);
  for (const answer of TRAPS.workers ?? []) await runner.answer(job.id, answer);
  await runner.whenStatus(job.id, 'TRAPPED');
  await pause(heldMs);
  await runner.command(job.id, 'trap', { answer: 'retry' });
  return (await runner.finish(job, { ...TRAPS, workers: [completes(2)] })).id;
}

async function paused({ runner }: Bench, heldMs: number): Promise<JobId> {
  const job = await runner.submit(PAUSABLE);
  await runner.whenRunning(job.id, { op: 0, try: 1 });
  await runner.command(job.id, 'pause', {});
  await runner.answer(job.id, completes(1));
  await runner.whenStatus(job.id, 'PAUSED');
  await pause(heldMs);
  await runner.command(job.id, 'resume', {});
  return (await runner.finish(job, { ...PAUSABLE, workers: [] })).id;
}

async function rerun(bench: Bench): Promise<Figure> {
  const { runner } = bench;
  const job = await runner.submit(FAILS);
  const answers = FAILS.workers ?? [];
  for (const answer of answers) await runner.answer(job.id, answer);
  await runner.whenStatus(job.id, 'FAILED');
  await runner.command(job.id, 'rerun', { from: 'failedOp' });
  const again: SampleJob = {
    ...FAILS,
    workers: answers.map((answer) => ({ op: answer.op, try: 1, verb: 'complete' })),
  };
  await runner.finish(job, again);
  const left = OPS - Math.min(...answers.map(({ op }) => op));
  const value = await statesOf(bench, job.id, 2);
  return states(`a rerun of the last ${left} of ${OPS} ops`, value, left + BEYOND_OPS);
}

async function undone(bench: Bench): Promise<Figure> {
  const { id } = await bench.runner.run(UNDOABLE);
  await bench.runner.command(id, 'rollback', {});
  await bench.runner.whenStatus(id, 'ROLLED_BACK');
  return states(`a manual rollback of ${OPS} ops`, await statesOf(bench, id, 2), OPS + BEYOND_OPS);
}
