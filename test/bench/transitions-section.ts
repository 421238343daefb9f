import type { Bench } from './bench-stack.ts';
import { runLine, withHeldSlot } from './job-line.ts';
import type { Figure, Section } from './report.ts';
import {
  KIND_NAMES,
  KINDS,
  OPS,
  type SampleJob,
  SLOT_AND_LOCK,
  WITH_A_RETRY,
  WITH_PRE_OPS,
} from './sample-jobs.ts';
import { type ExecutionPath, executionsOf } from './transitions.ts';

/** An execution enters the Map, one state an op, and the end. */
const BEYOND_OPS = 2;

const BEYOND_A_RETRIED_TRY = 4;

const OP_STATE = 'Perform op';

/** The one in the middle waits, and is waited for. */
const LINE_JOBS = 3;
const MIDDLE = 1;

/** Runs one job of each form and counts the states that its executions entered. */
export async function measureTransitions({ runner, stack }: Bench): Promise<Section> {
  const pathsOf = async (sample: SampleJob) => executionsOf(stack, (await runner.run(sample)).id);
  const single = ([path, ...others]: readonly ExecutionPath[]): ExecutionPath => {
    if (path === undefined || others.length > 0) throw new Error('a job without PRE ops took two executions');
    return path;
  };
  const figures: Figure[] = [];
  for (const kind of KIND_NAMES) {
    figures.push(executionFigure(`${OPS} ${kind} ops`, single(await pathsOf(KINDS[kind]))));
  }
  const needing: SampleJob = { ...KINDS.log, needs: SLOT_AND_LOCK };
  await withHeldSlot(runner, async () => {
    const free = single(await pathsOf(needing));
    figures.push(executionFigure(`${OPS} log ops, slot and lock, uncontended`, free));
    const middle = (await runLine(runner, needing, LINE_JOBS))[MIDDLE];
    if (middle === undefined) throw new Error('the line has no middle');
    const waited = single(await executionsOf(stack, middle.id));
    figures.push(executionFigure(`${OPS} log ops, slot and lock, contended`, waited));
  });
  for (const path of await pathsOf(WITH_PRE_OPS)) {
    figures.push(
      executionFigure(`job with PRE ops, its ${path.group} execution of ${opsOf(path)} ops`, path),
    );
  }
  const retried = (await pathsOf(WITH_A_RETRY)).flatMap(({ states }) => states);
  figures.push({
    name: 'a retried try, beyond N + 2',
    value: retried.length - (OPS + BEYOND_OPS),
    unit: 'states',
    target: BEYOND_A_RETRIED_TRY,
  });
  return {
    title: 'State transitions of an execution of N ops (target N + 2)',
    figures,
    notes: [
      "Counted from GetExecutionHistory: every *StateEntered event, those of the Map's items included.",
      `The retried job entered, beyond its ops: ${beyond(retried).join(' ▸ ')}.`,
      'AWS bills a service retry of a task too, which enters no state: the bill below says how often each function ran.',
      'Contended: it waited in the line of its lock, with a job before it and one behind. Waiting is a row, so it enters no state.',
      'Not built, so not measured: children.',
    ],
  };
}

function executionFigure(name: string, path: ExecutionPath): Figure {
  return { name, value: path.states.length, unit: 'states', target: opsOf(path) + BEYOND_OPS };
}

/** A history that lacks the states of items would look better than any machine is. */
function opsOf({ states }: ExecutionPath): number {
  const ops = states.filter((state) => state === OP_STATE).length;
  if (ops === 0) throw new Error(`the history has no state of a Map item: ${states.join(', ')}`);
  return ops;
}

/** What was entered, each state as often as it was beyond a job that goes well. */
function beyond(states: readonly string[]): readonly string[] {
  const usual = ['Perform ops', ...Array.from({ length: OPS }, () => OP_STATE), 'Finish job'];
  return states.filter((state) => {
    const position = usual.indexOf(state);
    if (position >= 0) usual.splice(position, 1);
    return position < 0;
  });
}
