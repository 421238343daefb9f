import type { ActionEvent } from '../../../examples/publish-site/functions/runtime/action-event.ts';

export const JOB = '01JZ0000000000000000000001';
export const OTHER_JOB = '01JZ0000000000000000000002';

/** Who had the locks before the event's job, and who took them after it. */
export const EARLIER = { jobId: OTHER_JOB, lock: 6 };
export const LATER = { jobId: OTHER_JOB, lock: 8 };

/** An event as Jobplane sends it, with what a test cares about. */
export function actionEvent<Input>(
  input: Input,
  { jobId = JOB, attempt = 1, op = 1, tryNumber = 1, lock = 7, opFence = 10 } = {},
): ActionEvent<Input> {
  return {
    jobId,
    project: 'web',
    attempt,
    op: { index: op, name: `op-${op}` },
    try: tryNumber,
    nonce: 'a-nonce',
    opFence,
    fences: { 'docs/eu': lock, 'docs/us': lock },
    input,
  };
}
