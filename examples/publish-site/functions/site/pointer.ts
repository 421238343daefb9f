import * as z from 'zod';
import type { Bucket } from '../runtime/bucket.ts';
import { targetSchema, versionSchema } from './site-names.ts';
import { targetKeys } from './target-keys.ts';

const pointerSchema = z.object({
  target: targetSchema,
  /** null: nothing is published any more. */
  version: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  writer: z.object({
    action: z.enum(['publish', 'restore']),
    /** The job that publishes to all targets of a site; its children switch them. */
    release: z.string(),
    jobId: z.string(),
    attempt: z.int(),
    op: z.int(),
  }),
  /** The newest that has been here, which may have left the version as it was. */
  fence: z.object({
    /** Of the target's lock: orders the jobs that have held it. */
    lock: z.int(),
    /** Orders the ops of one job and their tries. */
    op: z.int(),
  }),
});

/** Which version a target shows, which one it replaced, and who switched it. */
export type Pointer = z.infer<typeof pointerSchema>;

interface StoredPointer {
  readonly pointer: Pointer;
  readonly etag: string;
}

export async function readPointer(sites: Bucket, target: string): Promise<StoredPointer | undefined> {
  const stored = await sites.read(targetKeys(target).pointer);
  if (stored === undefined) return undefined;
  return { pointer: pointerSchema.parse(JSON.parse(stored.body.toString())), etag: stored.etag };
}
