import { createHash } from 'node:crypto';
import type {
  Bucket,
  NewObject,
  WriteCondition,
} from '../../../examples/publish-site/functions/runtime/bucket.ts';

/** A bucket that keeps the promises of S3 about conditional writes, and lets a test come in between. */
export class MemoryBucket implements Bucket {
  readonly objects = new Map<string, NewObject>();
  /** Is called once, just before the next conditional write takes effect. */
  intrude: (() => Promise<unknown>) | undefined;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async read(key: string) {
    const object = this.objects.get(key);
    return object && { body: object.body, etag: etagOf(object) };
  }

  async write(key: string, object: NewObject) {
    this.objects.set(key, object);
  }

  async writeIf(condition: WriteCondition, key: string, object: NewObject) {
    const intrude = this.intrude;
    this.intrude = undefined;
    await intrude?.();
    const current = this.objects.get(key);
    const holds =
      'absent' in condition
        ? current === undefined
        : current !== undefined && etagOf(current) === condition.unchangedSince;
    if (!holds) return 'conflict';
    this.objects.set(key, object);
    return 'written';
  }

  text(key: string): string | undefined {
    return this.objects.get(key)?.body.toString();
  }
}

function etagOf({ body }: NewObject): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
