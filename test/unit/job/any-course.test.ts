import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSettled } from '../../../core/job/status.ts';
import { type Ending, failing, JobRun } from '../../support/job-run.ts';

/** What may happen in a try: it ends some way, or somebody acts while it runs. */
const HAPPENINGS = [
  'succeed',
  'Broken',
  'Fatal',
  'Busy',
  'PreconditionFailed',
  'Unreachable',
  'timeout',
  'heartbeat timeout',
  'cancel',
  'cancel without rollback',
  'force',
  'abend',
] as const;

type Happening = (typeof HAPPENINGS)[number];

function happen(run: JobRun, happening: Happening): Ending {
  switch (happening) {
    case 'succeed':
      return { kind: 'succeeded' };
    case 'timeout':
    case 'heartbeat timeout':
      return happening;
    case 'cancel':
    case 'cancel without rollback':
      return run.cancel({ rollback: happening === 'cancel' }).ok ? 'interrupted' : { kind: 'succeeded' };
    case 'force':
      run.cancel({ force: true });
      return 'interrupted';
    case 'abend':
      run.abend();
      return 'interrupted';
    default:
      return failing(happening);
  }
}

const ops = fc
  .array(
    fc.record({
      step: fc.constantFrom('PRE', 'RUN', 'POST'),
      onError: fc.constantFrom('fail', 'continue', 'finish'),
      retry: fc.constantFrom(undefined, { maxAttempts: 2 }, { maxAttempts: 3, interval: 'PT3M' }),
      rollback: fc.constantFrom(undefined, 'completed', 'started'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((drawn) =>
    drawn
      .toSorted((one, other) => STEP_ORDER.indexOf(one.step) - STEP_ORDER.indexOf(other.step))
      .map(({ rollback, ...op }, index) => ({
        ...op,
        name: `op-${index}`,
        ...(rollback === undefined ? {} : { rollback: { action: 'build', when: rollback } }),
      })),
  );

const STEP_ORDER: readonly string[] = ['PRE', 'RUN', 'POST'];

const courses = fc.record({
  ops,
  policy: fc.record({ onFailure: fc.boolean(), onCancel: fc.boolean() }),
  happenings: fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 12 }),
});

type Course = typeof courses extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays the happenings one a try, in the order of the tries; what comes after them succeeds. */
function played({ ops: list, policy, happenings }: Course): JobRun {
  const run = new JobRun(list, { rollback: policy });
  let tries = 0;
  const next = (current: JobRun): Ending => {
    tries += 1;
    return happen(current, happenings[tries - 1] ?? 'succeed');
  };
  const names = list.flatMap(({ name }) => [name, `${name}/rollback`]);
  run.play(Object.fromEntries(names.map((name) => [name, next])));
  return run;
}

describe('whatever happens to a job', () => {
  it('ends, owes nobody a start, and is settled by one entry of its journal', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const run = played(course);
        expect(isSettled(run.job.status)).toBe(true);
        expect(run.job.owed.filter(({ kind }) => kind !== 'stop')).toEqual([]);
        expect(run.job).not.toHaveProperty('decided');
        const settling = run.entries.filter(({ kind, to }) => kind === 'status' && to === run.job.status);
        expect(settling).toHaveLength(1);
        expect(run.job.rollback).not.toBe('running');
      }),
    );
  });

  it('undoes in the reverse order of the ops, after the last of them, and before POST', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const run = played(course);
        const undone = run.tries.filter((name) => name.endsWith('/rollback'));
        const distinct = undone.filter((name, position) => name !== undone[position - 1]);
        expect(distinct).toEqual([...new Set(undone)].sort().reverse());
        const first = run.tries.findIndex((name) => name.endsWith('/rollback'));
        const steps = new Map(run.spec.ops.map(({ name, step }) => [name, step]));
        for (const name of first < 0 ? [] : run.tries.slice(first)) {
          expect(name.endsWith('/rollback') || steps.get(name) === 'POST').toBe(true);
        }
      }),
    );
  });

  it('ends well only if nothing went wrong', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const run = played(course);
        const failed = run.ops.filter(({ status }) => status !== 'success');
        if (run.job.status === 'COMPLETED_OK') expect(failed).toEqual([]);
        if (run.job.status === 'COMPLETED_WITH_WARNINGS') {
          for (const { index } of failed) expect(run.spec.ops[index]?.onError).toBe('continue');
          expect(failed).not.toEqual([]);
        }
        if (run.job.rollback === 'none') {
          const left = run.spec.ops.filter((op, index) => {
            const begun = run.ops.find((other) => other.index === index);
            return (
              op.rollback !== undefined &&
              (begun?.status === 'success' || (begun !== undefined && op.rollback.when === 'started'))
            );
          });
          const isGood = ['COMPLETED_OK', 'COMPLETED_WITH_WARNINGS', 'COMPLETED_WITH_ERROR'].includes(
            run.job.status,
          );
          if (!isGood) expect(left).toEqual([]);
        }
      }),
    );
  });

  it('runs no POST op after a cancel, and none twice', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const run = played(course);
        const canceling = run.entries.find(({ kind, to }) => kind === 'status' && to === 'CANCELING');
        for (const { op, serial, to } of run.entries) {
          if (op === undefined || to !== 'running' || canceling === undefined) continue;
          if (serial > canceling.serial) expect(op.name).toMatch(/\/rollback$/);
        }
        for (const op of run.ops) {
          const ended = run.entries.filter((entry) => entry.op?.index === op.index && entry.to === 'success');
          expect(ended.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
