/** What one job may be, with the error code that a caller meets beyond it in error-codes.ts. */
export const LIMITS = {
  ops: 500,
  labels: 10,
  labelValueCharacters: 256,
  nameCharacters: 128,
  /** 256 KB: with its keys still below DynamoDB's 400 KB an item. */
  specBytes: 256 * 1024,
  /** 64 KB: an input travels in an asynchronous Lambda invocation and in an event, 256 KB at most. */
  inputBytes: 64 * 1024,
  resultBytes: 64 * 1024,
  messageBytes: 4 * 1024,
  /** Natures of a job, which stand in its head: 20 of 128 characters are 2.5 KB at the most. */
  natures: 20,
  retryAttempts: 100,
  /** Attempts of one job: with 500 ops, a rollback of the first in the last has an index of six digits. */
  attempts: 1_000,
  /** Locks and resources of a job together: all are taken in one transaction, which takes 100 items. */
  locksAndResources: 20,
  dependencies: 20,
  /** Children of one op: 10,000 numbers are 48,890 bytes of an input's 65,536. */
  children: 10_000,
  /** Parents above a job, the root included: a read of a child's specification follows them all. */
  familyDepth: 5,
  approvers: 20,
  approverCharacters: 256,
  /** 256 KB of YAML as it is sent: the costliest text of that size takes 2 s to read, and an unreadable one 7. */
  yamlBytes: 256 * 1024,
  /** Levels of objects and arrays in a body: beyond some thousands, reading it exhausts the stack. */
  bodyDepth: 64,
  idempotencyKeyCharacters: 256,
  /** Jobs of one batch: each takes 100 to 200 ms one after the other, 5 s of the 29 that a caller waits. */
  batchJobs: 25,
  /** 2 MB: a function is given 6 MB at most, in which the body is a text whose quotes count twice. */
  batchBytes: 2 * 1024 * 1024,
} as const;

/** Bytes of a value as it is stored and sent: UTF-8 of its JSON. */
export function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : utf8Bytes(JSON.stringify(value));
}

export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Level by level and not by recursion, which is what too deep a value would break. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level = containersOf([value]);
  for (let depth = 0; depth < levels && level.length > 0; depth += 1) {
    level = containersOf(level.flatMap((container): unknown[] => Object.values(container)));
  }
  return level.length > 0;
}

function containersOf(values: readonly unknown[]): readonly object[] {
  return values.filter((value) => typeof value === 'object' && value !== null);
}
