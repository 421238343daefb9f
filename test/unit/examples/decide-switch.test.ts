import { describe, expect, it } from 'vitest';
import { decideRestore } from '../../../examples/publish-site/functions/site/decide-restore.ts';
import { decideSwitch } from '../../../examples/publish-site/functions/site/decide-switch.ts';
import type { Pointer } from '../../../examples/publish-site/functions/site/pointer.ts';
import type { WantedSwitch } from '../../../examples/publish-site/functions/site/wanted-switch.ts';
import { JOB, OTHER_JOB } from './action-event.ts';

const OLD = '0000000000000001';
const NEW = '0000000000000002';

const RELEASE = '01JZ0000000000000000000003';

const publishing: WantedSwitch = {
  target: 'docs/eu',
  version: NEW,
  writer: { action: 'publish', release: RELEASE, jobId: JOB, attempt: 1, op: 1 },
  fence: { lock: 7, op: 10 },
};

const restoring: WantedSwitch = {
  target: 'docs/eu',
  version: OLD,
  writer: { action: 'restore', release: RELEASE, jobId: JOB, attempt: 1, op: 4 },
  fence: { lock: 7, op: 20 },
};

const published: Pointer = { ...publishing, previous: OLD };

const ofOthers = (lock: number): Pointer => ({
  target: 'docs/eu',
  version: OLD,
  previous: null,
  writer: { action: 'publish', release: OTHER_JOB, jobId: OTHER_JOB, attempt: 1, op: 1 },
  fence: { lock, op: 99 },
});

const later = (op: number): WantedSwitch => ({ ...publishing, fence: { lock: 7, op } });

describe('decideSwitch', () => {
  it('publishes where nothing was', () => {
    expect(decideSwitch(undefined, publishing)).toMatchObject({
      action: 'write',
      pointer: { ...publishing, previous: null },
    });
  });

  it('replaces the version of a job that had the lock before, whatever the fence of its op', () => {
    expect(decideSwitch(ofOthers(6), publishing)).toMatchObject({ action: 'write', pointer: published });
  });

  it('refuses a job that somebody has taken the lock after', () => {
    expect(decideSwitch(ofOthers(8), publishing)).toEqual({
      action: 'refuse',
      reason: 'this try has the fence 7/10, and 8/99 has been there since',
    });
  });

  it('refuses a try that a newer one of the same job has overtaken', () => {
    expect(decideSwitch({ ...published, fence: { lock: 7, op: 11 } }, publishing)).toMatchObject({
      action: 'refuse',
    });
  });

  it('refuses a publishing try after the job has undone it', () => {
    expect(decideSwitch({ ...restoring, previous: NEW }, publishing).action).toBe('refuse');
  });

  it('does nothing when the same try comes again', () => {
    expect(decideSwitch(published, publishing)).toMatchObject({ action: 'keep', pointer: published });
  });

  it('remembers across tries of an op what was there before the first', () => {
    expect(decideSwitch(published, later(12))).toMatchObject({
      action: 'write',
      pointer: { version: NEW, previous: OLD, fence: { op: 12 } },
    });
  });

  it('takes what an earlier attempt published for what was there before', () => {
    const second = { ...later(30), writer: { ...publishing.writer, attempt: 2 } };
    expect(decideSwitch(published, second)).toMatchObject({ pointer: { previous: NEW } });
  });
});

describe('decideRestore', () => {
  it('goes back to what was there before', () => {
    expect(decideRestore(published, restoring)).toMatchObject({
      action: 'write',
      pointer: { ...restoring, previous: NEW },
    });
  });

  it('goes back behind what a later job of the same release has undone', () => {
    const undone: Pointer = {
      ...restoring,
      writer: { ...restoring.writer, jobId: OTHER_JOB },
      version: NEW,
      previous: null,
    };
    const first = { ...restoring, fence: { lock: 9, op: 3 } };
    expect(decideRestore(undone, first)).toMatchObject({ action: 'write', pointer: { version: OLD } });
  });

  it('leaves the version and the writer of another release, and raises the fence against its own late try', () => {
    const decision = decideRestore(ofOthers(6), restoring);
    expect(decision).toEqual({
      action: 'write',
      pointer: { ...ofOthers(6), fence: restoring.fence },
      reason: `job ${OTHER_JOB} has switched it since`,
    });
    const raised = decision.action === 'write' ? decision.pointer : undefined;
    expect(decideSwitch(raised, publishing).action).toBe('refuse');
    expect(decideRestore(raised, restoring).action).toBe('keep');
  });

  it('leaves what somebody has published who took the lock since', () => {
    expect(decideRestore(ofOthers(8), restoring)).toMatchObject({ action: 'keep', pointer: ofOthers(8) });
  });

  it('marks a target where nothing was against its own late try', () => {
    const decision = decideRestore(undefined, { ...restoring, version: null });
    expect(decision).toMatchObject({ action: 'write', pointer: { version: null } });
    expect(decideSwitch(decision.action === 'write' ? decision.pointer : undefined, publishing).action).toBe(
      'refuse',
    );
  });
});
