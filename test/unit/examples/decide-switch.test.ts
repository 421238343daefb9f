import { describe, expect, it } from 'vitest';
import { decideRestore } from '../../../examples/publish-site/functions/site/decide-restore.ts';
import { decideSwitch } from '../../../examples/publish-site/functions/site/decide-switch.ts';
import type { Pointer, Writer } from '../../../examples/publish-site/functions/site/pointer.ts';
import { JOB, OTHER_JOB } from './action-event.ts';

const OLD = '0000000000000001';
const NEW = '0000000000000002';

const writer = (changes: Partial<Writer> = {}): Writer => ({
  action: 'publish',
  jobId: JOB,
  attempt: 1,
  op: 1,
  opFence: 10,
  ...changes,
});

const pointer = (by: Writer, version: string | null = OLD, previous: string | null = null): Pointer => ({
  site: 'docs',
  version,
  previous,
  writer: by,
});

const wanted = (by: Writer = writer(), version: string | null = NEW) => ({
  site: 'docs',
  version,
  writer: by,
});

describe('decideSwitch', () => {
  it('publishes a new site', () => {
    expect(decideSwitch(undefined, wanted())).toMatchObject({
      action: 'write',
      pointer: { version: NEW, previous: null, writer: writer() },
    });
  });

  it('replaces the version of another job, whatever its fence', () => {
    expect(decideSwitch(pointer(writer({ jobId: OTHER_JOB, opFence: 99 })), wanted())).toMatchObject({
      action: 'write',
      pointer: { version: NEW, previous: OLD },
    });
  });

  it('refuses a try that a newer one of the same job has overtaken', () => {
    expect(decideSwitch(pointer(writer({ opFence: 11 })), wanted())).toEqual({
      action: 'refuse',
      reason: 'this try has the fence 10, and the job has written with 11 since',
    });
  });

  it('refuses a publishing try after the job has undone it', () => {
    const undone = pointer(writer({ action: 'restore', op: 5, opFence: 20 }), null, NEW);
    expect(decideSwitch(undone, wanted()).action).toBe('refuse');
  });

  it('does nothing when the same try comes again', () => {
    const current = pointer(writer(), NEW, OLD);
    expect(decideSwitch(current, wanted())).toMatchObject({ action: 'keep', pointer: current });
  });

  it('remembers across tries of an op what was there before the first', () => {
    expect(decideSwitch(pointer(writer(), NEW, OLD), wanted(writer({ opFence: 12 })))).toMatchObject({
      action: 'write',
      pointer: { version: NEW, previous: OLD, writer: { opFence: 12 } },
    });
  });

  it('takes what an earlier attempt published for what was there before', () => {
    const second = wanted(writer({ attempt: 2, opFence: 30 }));
    expect(decideSwitch(pointer(writer(), NEW, OLD), second)).toMatchObject({ pointer: { previous: NEW } });
  });
});

describe('decideRestore', () => {
  const restorer = writer({ action: 'restore', op: 5, opFence: 20 });

  it('goes back to what was there before', () => {
    expect(decideRestore(pointer(writer(), NEW, OLD), wanted(restorer, OLD))).toMatchObject({
      action: 'write',
      pointer: { version: OLD, previous: NEW, writer: restorer },
    });
  });

  it('leaves what another job has published since', () => {
    const current = pointer(writer({ jobId: OTHER_JOB }), NEW);
    expect(decideRestore(current, wanted(restorer, OLD))).toEqual({
      action: 'keep',
      pointer: current,
      reason: `job ${OTHER_JOB} has switched it since`,
    });
  });
});
