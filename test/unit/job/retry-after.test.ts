import { describe, expect, it } from 'vitest';
import { retryAfterOf } from '../../../core/job/retry-after.ts';
import type { Json } from '../../../core/op/references.ts';
import { JobRun, RECEIVED } from '../../support/job-run.ts';

const MINUTE_MS = 60_000;
const NOW = RECEIVED;

function saying(detail?: Json) {
  return { code: 'Busy', message: 'come back', ...(detail === undefined ? {} : { detail }) };
}

describe('when a busy target is worth another attempt', () => {
  it.each([
    ['a duration from now', { retryAfter: 'PT1H' }, NOW + 60 * MINUTE_MS],
    ['a duration beside other detail', { queue: 7, retryAfter: 'PT90S' }, NOW + 90_000],
    ['a moment', { retryAfter: '2026-12-24T18:00:00Z' }, Date.UTC(2026, 11, 24, 18)],
    ['a moment of another zone', { retryAfter: '2026-12-24T18:00:00+02:00' }, Date.UTC(2026, 11, 24, 16)],
    ['a moment that has passed: now', { retryAfter: '2020-01-01T00:00:00Z' }, NOW],
  ])('is what its error says: %s', (_what, detail, at) => {
    expect(retryAfterOf(saying(detail), NOW)).toBe(at);
  });

  it.each<[Json | undefined]>([
    [undefined],
    [null],
    [{}],
    ['PT1H'],
    [['PT1H']],
    [{ retryAfter: 300 }],
    [{ retryAfter: 'soon' }],
    [{ retryAfter: '2026-12-24T18:00:00' }],
  ])('is five minutes from now where it says nothing that can be read: %j', (detail) => {
    expect(retryAfterOf(saying(detail), NOW)).toBe(NOW + 5 * MINUTE_MS);
  });

  it('is told with the job, which ends FAILED_RETRYABLE', () => {
    for (const [detail, minutes] of [
      [{ retryAfter: 'PT20M' }, 20],
      [{}, 5],
    ] as const) {
      const run = new JobRun([{ name: 'one' }]);
      run.play({ one: { kind: 'failed', error: saying({ ...detail }) } });
      expect(run.job).toMatchObject({
        status: 'FAILED_RETRYABLE',
        retryable: true,
        retryAfter: run.now + minutes * MINUTE_MS,
      });
    }
  });

  it('is nothing that any other failure says', () => {
    const run = new JobRun([{ name: 'one' }]);
    run.play({ one: { kind: 'failed', error: { ...saying({ retryAfter: 'PT1H' }), code: 'Broken' } } });
    expect(run.job.status).toBe('FAILED');
    expect(run.job).not.toHaveProperty('retryAfter');
  });
});
