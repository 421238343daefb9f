import { execFileSync } from 'node:child_process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  loadArchive,
  storeArchive,
} from '../../../examples/publish-site/functions/archive/archive-reference.ts';
import { packSite, unpackSite } from '../../../examples/publish-site/functions/archive/site-archive.ts';
import { MemoryBucket } from './memory-bucket.ts';

const file = (path: string, text: string) => ({
  path,
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(text),
});

const FILES = [
  file('index.html', '<p>Start</p>'),
  file('adr/0001.html', '<p>Één</p>'),
  file('empty.html', ''),
];

describe('site archive', () => {
  it('is the same for the same files, in whatever order they come', () => {
    expect(packSite('docs', FILES).equals(packSite('docs', [...FILES].reverse()))).toBe(true);
  });

  it('is another one when a byte changes, and so is the version', () => {
    const changed = [file('index.html', '<p>start</p>'), ...FILES.slice(1)];
    expect(packSite('docs', FILES).equals(packSite('docs', changed))).toBe(false);
    expect(unpackSite(packSite('docs', FILES)).version).not.toBe(
      unpackSite(packSite('docs', changed)).version,
    );
  });

  it('keeps the version when only the compression differs', () => {
    const archive = packSite('docs', FILES);
    const compressedOtherwise = gzipSync(gunzipSync(archive), { level: 1 });
    expect(unpackSite(compressedOtherwise).version).toBe(unpackSite(archive).version);
  });

  it('gives back every file as it was', () => {
    const { manifest, files } = unpackSite(packSite('docs', FILES));
    expect(manifest.site).toBe('docs');
    expect(files).toEqual([...FILES].sort((a, b) => (a.path < b.path ? -1 : 1)));
  });

  it('can be read by tar', () => {
    const listed = execFileSync('tar', ['-tzf', '-'], { input: packSite('docs', FILES) }).toString();
    expect(listed.trim().split('\n')).toEqual([
      'manifest.json',
      'files/adr/0001.html',
      'files/empty.html',
      'files/index.html',
    ]);
  });

  it('refuses a path that the format cannot hold', () => {
    const pack = () => packSite('docs', [file(`${'long/'.repeat(30)}index.html`, '')]);
    expect(pack).toThrow(expect.objectContaining({ name: 'PreconditionFailed' }));
  });

  it.each(['../outside.html', '/outside.html', 'a//b.html', 'a/./b.html'])('refuses the path %s', (path) => {
    expect(() => unpackSite(packSite('docs', [file(path, '')]))).toThrow('must be a path inside the site');
  });

  it('notices a changed file, a missing file and a damaged header', () => {
    const tar = gunzipSync(packSite('docs', FILES));
    const changed = Buffer.from(tar);
    changed.write('<p>Stop!</p>', tar.indexOf('<p>Start</p>'));
    const renamed = Buffer.from(tar);
    renamed.write('x', tar.indexOf('files/index.html'));
    expect(() => unpackSite(gzipSync(changed))).toThrow('does not hold the index.html');
    expect(() => unpackSite(gzipSync(renamed))).toThrow('the archive is damaged');
    expect(() => unpackSite(gzipSync(Buffer.alloc(1024)))).toThrow('the archive has no manifest');
  });
});

describe('stored archive', () => {
  it('has its content as its key, so that storing it again changes nothing', async () => {
    const archives = new MemoryBucket('archives');
    const first = await storeArchive(archives, 'docs', FILES);
    const second = await storeArchive(archives, 'docs', FILES);
    expect(second).toEqual(first);
    expect([...archives.objects.keys()]).toEqual([first.key]);
    expect(first.key).toBe(`archives/${first.sha256}.tar.gz`);
    expect(first.bytes).toBe(archives.objects.get(first.key)?.body.length);
  });

  it('is refused when it was replaced, is gone, or is in another bucket', async () => {
    const archives = new MemoryBucket('archives');
    const reference = await storeArchive(archives, 'docs', FILES);
    await expect(loadArchive(archives, { ...reference, bucket: 'elsewhere' })).rejects.toMatchObject({
      name: 'Fatal',
      message: 'archives are kept in archives, not in elsewhere',
    });
    await archives.write(reference.key, { body: packSite('docs', []), contentType: 'application/gzip' });
    await expect(loadArchive(archives, reference)).rejects.toThrow(/has the hash/);
    archives.objects.clear();
    await expect(loadArchive(archives, reference)).rejects.toThrow(/there is no archive/);
  });
});
