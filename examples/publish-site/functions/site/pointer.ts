import * as z from 'zod';
import type { ActionEvent } from '../runtime/action-event.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { siteKeys } from './site-keys.ts';
import { siteNameSchema, versionSchema } from './site-names.ts';

const writerSchema = z.object({
  action: z.enum(['publish', 'restore']),
  jobId: z.string(),
  attempt: z.int(),
  op: z.int(),
  opFence: z.int(),
});

/** Who switches a site, and in which of its tries. */
export type Writer = z.infer<typeof writerSchema>;

const pointerSchema = z.object({
  site: siteNameSchema,
  /** null: nothing is published any more. */
  version: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  writer: writerSchema,
});

/** Which version of a site is published, which one it replaced, and who wrote this. */
export type Pointer = z.infer<typeof pointerSchema>;

interface StoredPointer {
  readonly pointer: Pointer;
  readonly etag: string;
}

export async function readPointer(sites: Bucket, site: string): Promise<StoredPointer | undefined> {
  const stored = await sites.read(siteKeys(site).pointer);
  if (stored === undefined) return undefined;
  return { pointer: pointerSchema.parse(JSON.parse(stored.body.toString())), etag: stored.etag };
}

export function writerOf(event: ActionEvent<unknown>, action: Writer['action']): Writer {
  const { jobId, attempt, op, opFence } = event;
  return { action, jobId, attempt, op: op.index, opFence };
}
