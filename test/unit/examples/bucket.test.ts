import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bucket } from '../../../examples/publish-site/functions/runtime/bucket.ts';
import { s3Bucket } from '../../../examples/publish-site/functions/runtime/s3-bucket.ts';
import { type LocalS3, startLocalS3 } from './local-s3.ts';
import { MemoryBucket } from './memory-bucket.ts';

let s3: LocalS3;

beforeEach(async () => {
  s3 = await startLocalS3();
});

afterEach(() => s3.close());

function bucketOfS3(): Bucket {
  const client = new S3Client({
    endpoint: s3.endpoint,
    forcePathStyle: true,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return s3Bucket('sites', client);
}

const object = (text: string) => ({ body: Buffer.from(text), contentType: 'text/plain' });

describe.each([
  ['in memory', () => new MemoryBucket('sites')],
  ['S3', bucketOfS3],
])('Bucket: %s', (_, makeBucket) => {
  it('gives back what was written', async () => {
    const bucket = makeBucket();
    await bucket.write('a/b c.txt', object('one'));
    expect((await bucket.read('a/b c.txt'))?.body.toString()).toBe('one');
  });

  it('says that an object does not exist', async () => {
    expect(await makeBucket().read('nothing')).toBeUndefined();
  });

  it('writes an absent object once', async () => {
    const bucket = makeBucket();
    expect(await bucket.writeIf({ absent: true }, 'key', object('one'))).toBe('written');
    expect(await bucket.writeIf({ absent: true }, 'key', object('two'))).toBe('conflict');
    expect((await bucket.read('key'))?.body.toString()).toBe('one');
  });

  it('replaces an object only if it is unchanged', async () => {
    const bucket = makeBucket();
    await bucket.write('key', object('one'));
    const etag = (await bucket.read('key'))?.etag ?? '';
    expect(await bucket.writeIf({ unchangedSince: etag }, 'key', object('two'))).toBe('written');
    expect(await bucket.writeIf({ unchangedSince: etag }, 'key', object('three'))).toBe('conflict');
    expect((await bucket.read('key'))?.body.toString()).toBe('two');
  });

  it('does not replace an object that is gone', async () => {
    const bucket = makeBucket();
    expect(await bucket.writeIf({ unchangedSince: '"etag"' }, 'key', object('one'))).toBe('conflict');
    expect(await bucket.read('key')).toBeUndefined();
  });
});

describe('Bucket: S3, when it fails', () => {
  it('takes a conditional write of someone else under way for a conflict', async () => {
    s3.failWith({ status: 409, code: 'ConditionalRequestConflict' });
    expect(await bucketOfS3().writeIf({ absent: true }, 'key', object('one'))).toBe('conflict');
  });

  it('does not take a missing bucket for a conflict', async () => {
    s3.failWith({ status: 404, code: 'NoSuchBucket' });
    const written = bucketOfS3().writeIf({ unchangedSince: '"etag"' }, 'key', object('one'));
    await expect(written).rejects.toThrow('NoSuchBucket');
  });

  it('does not take a missing permission for a missing object', async () => {
    s3.failWith({ status: 403, code: 'AccessDenied' });
    await expect(bucketOfS3().read('key')).rejects.toThrow('AccessDenied');
  });
});
