import * as z from 'zod';
import { attemptSchema, jobIdSchema, opIndexSchema, versionSchema } from './identifiers.ts';
import { instantSchema } from './instant.ts';

/** Version of the stored shape. */
const BULK_SCHEMA_VERSION = 1;

/** Refusals that are listed; all are counted. */
const REFUSALS_LISTED = 20;

/** A job that is to be acted on, as it was when it was found: another attempt was made by the action already. */
const targetSchema = z.strictObject({ jobId: jobIdSchema, attempt: attemptSchema });

export type BulkTarget = z.infer<typeof targetSchema>;

/**
 * Where a bulk op has come to, in an item of its own. The next targets are written down before anything
 * is done to them: whoever comes after a death does the same ones again, and no others.
 */
export const bulkProgressSchema = z.strictObject({
  schema: z.literal(BULK_SCHEMA_VERSION),
  jobId: jobIdSchema,
  attempt: attemptSchema,
  op: opIndexSchema,
  version: versionSchema,
  /** Everything newer than this has been found; none: all has. */
  place: z.strictObject({ at: instantSchema, id: jobIdSchema }).optional(),
  targets: z.array(targetSchema),
  matched: z.int().min(0),
  done: z.int().min(0),
  refused: z.int().min(0),
  refusals: z.array(z.strictObject({ jobId: jobIdSchema, code: z.string() })).max(REFUSALS_LISTED),
});

export type BulkProgress = z.infer<typeof bulkProgressSchema>;

/** What a search found from a place on. */
export type Found = Pick<BulkProgress, 'place' | 'targets'>;

/** What became of a target; null: it was done. */
export type Refusals = readonly { readonly jobId: BulkTarget['jobId']; readonly code: string | null }[];

/** The first page that was found. */
export function beginBulk(
  { jobId, attempt, op }: Pick<BulkProgress, 'jobId' | 'attempt' | 'op'>,
  { place, targets }: Found,
): BulkProgress {
  return {
    schema: BULK_SCHEMA_VERSION,
    jobId,
    attempt,
    op,
    version: 1,
    ...(place === undefined ? {} : { place }),
    targets,
    matched: targets.length,
    done: 0,
    refused: 0,
    refusals: [],
  };
}

/** The targets were acted on, and the next ones found. */
export function nextOfBulk(
  progress: BulkProgress,
  outcomes: Refusals,
  { place, targets }: Found,
): BulkProgress {
  const { place: _before, ...kept } = progress;
  const refused = outcomes.flatMap(({ jobId, code }) => (code === null ? [] : [{ jobId, code }]));
  return {
    ...kept,
    version: progress.version + 1,
    ...(place === undefined ? {} : { place }),
    targets,
    matched: progress.matched + targets.length,
    done: progress.done + outcomes.length - refused.length,
    refused: progress.refused + refused.length,
    refusals: [...progress.refusals, ...refused].slice(0, REFUSALS_LISTED),
  };
}

/** The op's result. Refusals are its warnings: it did what it could. */
export function resultOfBulk({ matched, done, refused, refusals }: BulkProgress) {
  const warnings = refused === 0 ? [] : [`${refused} of ${matched} jobs refused`];
  return { matched, done, refused, refusals, ...(warnings.length === 0 ? {} : { warnings }) };
}
