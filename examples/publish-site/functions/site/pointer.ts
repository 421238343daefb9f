import * as z from 'zod';
import type { ActionEvent } from '../runtime/action-event.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import type { Bucket } from '../runtime/bucket.ts';
import { targetSchema, versionSchema } from './site-names.ts';
import { targetKeys } from './target-keys.ts';

const writerSchema = z.object({
  action: z.enum(['publish', 'restore']),
  /** The job that publishes to all targets; its children write. */
  release: z.string(),
  jobId: z.string(),
  attempt: z.int(),
  op: z.int(),
  /** Of the target's lock: orders the jobs that have held it. */
  lockFence: z.int(),
  /** Orders the tries of one job. */
  opFence: z.int(),
});

/** Who switches a target, and in which of its tries. */
export type Writer = z.infer<typeof writerSchema>;

const pointerSchema = z.object({
  target: targetSchema,
  /** null: nothing is published any more. */
  version: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  writer: writerSchema,
});

/** Which version a target shows, which one it replaced, and who wrote this. */
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

/** The lock of a target is named like the target, and whoever switches it has to hold it. */
export function writerOf(
  event: ActionEvent<{ readonly target: string; readonly release: string }>,
  action: Writer['action'],
): Writer {
  const { jobId, attempt, op, opFence, fences } = event;
  const { target, release } = event.input;
  const lockFence = fences[target];
  if (lockFence === undefined) {
    throw new ActionFailure('Fatal', `the job does not hold the lock ${target}; name it in its locks`);
  }
  return { action, release, jobId, attempt, op: op.index, lockFence, opFence };
}
