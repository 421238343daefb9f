import * as z from 'zod';
import { earlierOpShapes, type OpShape, opShapes } from '../contract/api/op-shape.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import { jsonBytes } from '../contract/limits.ts';
import { cursorOf, placeOfCursor } from '../contract/page-cursor.ts';
import type { Job } from '../job/job.ts';
import type { Deps } from '../ports/deps.ts';
import { readOpsSeen } from './read-ops.ts';

export interface OpsPage {
  readonly ok: true;
  readonly ops: readonly OpShape[];
  readonly cursor?: string;
}

/** Ops of one answer: 500 results of 64 KB would be more than the 6 MB that a function may return. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** The ops of the job, or of an earlier attempt, with the rollbacks behind them, as many as fit an answer. */
export async function listOps(
  deps: Pick<Deps, 'store'>,
  job: Job,
  page: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly attempt?: number | undefined;
  },
): Promise<OpsPage | Refused> {
  const attempt = page.attempt ?? job.attempt;
  if (attempt > job.attempt) {
    return refused(
      'AttemptNotFound',
      `Job ${job.id} is at attempt ${job.attempt}; there is no attempt ${attempt}.`,
    );
  }
  const listing = { of: 'ops', project: job.project, filter: { job: job.id, attempt } };
  const from = page.cursor === undefined ? undefined : placeOfCursor(listing, page.cursor, z.int().min(0));
  if (from?.ok === false) return from;
  const [spec, stored] = await Promise.all([
    deps.store.readSpec(job.id),
    attempt < job.attempt ? deps.store.readOps(job.id, attempt) : readOpsSeen(deps, job),
  ]);
  if (spec === null) return refused('JobNotFound', `Job ${job.id} has been deleted meanwhile.`);
  const all =
    attempt < job.attempt ? earlierOpShapes(job, spec, stored, attempt) : opShapes(job, spec, stored);
  const first = from?.place ?? 0;
  const ops = fitting(all.slice(first, first + page.limit));
  const next = first + ops.length;
  return { ok: true, ops, ...(next < all.length ? { cursor: cursorOf(listing, next) } : {}) };
}

/** As many as fit, the first one whatever its size, since a page without any would never end. */
function fitting(ops: readonly OpShape[]): readonly OpShape[] {
  let bytes = 0;
  const tooMany = ops.findIndex((op, position) => {
    bytes += jsonBytes(op);
    return position > 0 && bytes > PAGE_BYTES;
  });
  return tooMany < 0 ? ops : ops.slice(0, tooMany);
}
