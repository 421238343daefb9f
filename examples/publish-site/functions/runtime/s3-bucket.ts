import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Bucket, NewObject, WriteCondition } from './bucket.ts';

/** What S3 answers when the condition of a write does not hold. */
const CONFLICT_STATUSES: readonly (number | undefined)[] = [
  // The object was deleted in the meantime.
  404,
  // Another conditional write of the same key is under way.
  409,
  // The object is another one now.
  412,
];

/** A bucket of S3, as {@link Bucket}. */
export function s3Bucket(name: string, client: S3Client = new S3Client({ forcePathStyle: true })): Bucket {
  const put = (key: string, { body, contentType }: NewObject, condition: object) =>
    client.send(
      new PutObjectCommand({ Bucket: name, Key: key, Body: body, ContentType: contentType, ...condition }),
    );
  return {
    name,

    async read(key) {
      try {
        const { Body: body, ETag: etag } = await client.send(
          new GetObjectCommand({ Bucket: name, Key: key }),
        );
        if (body === undefined || etag === undefined) throw new Error(`S3 sent no content for ${key}`);
        return { body: Buffer.from(await body.transformToByteArray()), etag };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    async write(key, object) {
      await put(key, object, {});
    },

    // The error must not leave this function: S3 calls it PreconditionFailed, and so named it would
    // tell Jobplane that the pages are at fault.
    async writeIf(condition, key, object) {
      try {
        await put(key, object, headersOf(condition));
        return 'written';
      } catch (error) {
        if (error instanceof S3ServiceException && isConflict(error)) return 'conflict';
        throw error;
      }
    },
  };
}

function headersOf(condition: WriteCondition): { IfMatch: string } | { IfNoneMatch: '*' } {
  return 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.unchangedSince };
}

function isConflict(error: S3ServiceException): boolean {
  return error.name !== 'NoSuchBucket' && CONFLICT_STATUSES.includes(error.$metadata.httpStatusCode);
}
