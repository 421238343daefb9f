import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ArchiveReference,
  storeArchive,
} from '../../../examples/publish-site/functions/archive/archive-reference.ts';
import { checkVersion } from '../../../examples/publish-site/functions/site/check-version.ts';
import { lookAtTarget } from '../../../examples/publish-site/functions/site/look-at-target.ts';
import { readPointer } from '../../../examples/publish-site/functions/site/pointer.ts';
import { publishVersion } from '../../../examples/publish-site/functions/site/publish-version.ts';
import { reportRelease } from '../../../examples/publish-site/functions/site/report-release.ts';
import { restoreVersion } from '../../../examples/publish-site/functions/site/restore-version.ts';
import { actionEvent, EARLIER, JOB, LATER, OTHER_JOB } from './action-event.ts';
import { MemoryBucket } from './memory-bucket.ts';

let archives: MemoryBucket;
let sites: MemoryBucket;

beforeEach(() => {
  archives = new MemoryBucket('archives');
  sites = new MemoryBucket('sites');
});

type Who = Parameters<typeof actionEvent>[1];

const archiveOf = (text: string) =>
  storeArchive(archives, 'docs', [
    { path: 'index.html', contentType: 'text/html; charset=utf-8', body: Buffer.from(text) },
    { path: 'flow.svg', contentType: 'image/svg+xml', body: Buffer.from('<svg/>') },
  ]);

const publish = (archive: ArchiveReference, who?: Who, target = 'docs/eu') => {
  const release = who?.jobId ?? JOB;
  return publishVersion({ archives, sites }, actionEvent({ target, release, archive }, who));
};

const restore = (version: string | null, who?: Who) => {
  const input = { target: 'docs/eu', release: who?.jobId ?? JOB, version };
  return restoreVersion({ sites }, actionEvent(input, { op: 5, opFence: 20, ...who }));
};

const look = () => lookAtTarget({ sites }, actionEvent({ target: 'docs/eu' }));

const check = (archive: ArchiveReference, version: string, requiredPages: string[] = []) =>
  checkVersion({ archives, sites }, actionEvent({ target: 'docs/eu', archive, version, requiredPages }));

const report = (who?: Who) =>
  reportRelease({ sites }, actionEvent({ site: 'docs', targets: ['docs/eu', 'docs/us'] }, who));

const shown = async () => (await readPointer(sites, 'docs/eu'))?.pointer.version;

describe('publish', () => {
  it('puts the pages below their version and then switches the site', async () => {
    const published = await publish(await archiveOf('one'));
    expect(published.previous).toBeNull();
    expect(sites.text(published.key)).toBe('one');
    expect(published.key).toBe(`docs/eu/versions/${published.version}/index.html`);
    expect(sites.objects.get(`docs/eu/versions/${published.version}/flow.svg`)?.contentType).toBe(
      'image/svg+xml',
    );
    expect(await shown()).toBe(published.version);
  });

  it('keeps the pages of the version before', async () => {
    const first = await publish(await archiveOf('one'));
    const second = await publish(await archiveOf('two'), LATER);
    expect(second.previous).toBe(first.version);
    expect(sites.text(first.key)).toBe('one');
  });

  it('gives the same answer when the same try is repeated', async () => {
    await publish(await archiveOf('one'), EARLIER);
    const archive = await archiveOf('two');
    const first = await publish(archive);
    const written = sites.text('docs/eu/current.json');
    expect(await publish(archive)).toEqual(first);
    expect(sites.text('docs/eu/current.json')).toBe(written);
  });

  it('gives the same answer in the next try, when the answer of the first was lost', async () => {
    await publish(await archiveOf('one'), EARLIER);
    const archive = await archiveOf('two');
    const first = await publish(archive);
    expect(await publish(archive, { tryNumber: 2, opFence: 14 })).toEqual(first);
  });

  it('does not let a late try win over a newer one of its job', async () => {
    const archive = await archiveOf('one');
    await publish(archive, { tryNumber: 2, opFence: 14 });
    await expect(publish(archive)).rejects.toMatchObject({ name: 'StaleWriter' });
  });

  it('does not let a late try bring back what its job has undone', async () => {
    const archive = await archiveOf('one');
    const { previous } = await publish(archive);
    await restore(previous);
    await expect(publish(archive)).rejects.toMatchObject({ name: 'StaleWriter' });
    expect(await shown()).toBeNull();
  });

  it('notices a newer writer that comes between its look and its write', async () => {
    const archive = await archiveOf('one');
    sites.intrude = () => publish(archive, { tryNumber: 2, opFence: 14 });
    await expect(publish(archive)).rejects.toMatchObject({ name: 'StaleWriter' });
    expect((await readPointer(sites, 'docs/eu'))?.pointer.fence.op).toBe(14);
  });

  it('replaces another job that comes between its look and its write', async () => {
    const [mine, others] = [await archiveOf('mine'), await archiveOf('others')];
    sites.intrude = () => publish(others, EARLIER);
    const published = await publish(mine);
    expect(published.previous).toBe((await publish(others, LATER)).version);
  });

  it('gives up when others come first again and again', async () => {
    const archive = await archiveOf('one');
    let opFence = 100;
    const intrude = async () => {
      opFence += 1;
      await sites.write('docs/eu/current.json', {
        contentType: 'application/json',
        body: Buffer.from(
          JSON.stringify({
            target: 'docs/eu',
            version: null,
            previous: null,
            writer: { action: 'publish', release: OTHER_JOB, jobId: OTHER_JOB, attempt: 1, op: 1 },
            fence: { lock: EARLIER.lock, op: opFence },
          }),
        ),
      });
      sites.intrude = intrude;
    };
    sites.intrude = intrude;
    await expect(publish(archive)).rejects.toMatchObject({ name: 'PointerContended' });
  });

  it('does not let a job win that has lost the lock', async () => {
    const late = await archiveOf('late');
    const others = await publish(await archiveOf('others'), LATER);
    await expect(publish(late)).rejects.toMatchObject({ name: 'StaleWriter' });
    expect(await shown()).toBe(others.version);
  });

  it('is for those who hold the lock of the target', async () => {
    const input = { target: 'docs/eu', release: JOB, archive: await archiveOf('one') };
    const published = publishVersion({ archives, sites }, { ...actionEvent(input), fences: { docs: 1 } });
    await expect(published).rejects.toMatchObject({
      name: 'Fatal',
      message: 'the job does not hold the lock docs/eu: it must be among its locks',
    });
    expect(sites.objects.size).toBe(0);
  });

  it('refuses the archive of another site', async () => {
    const archive = await storeArchive(archives, 'blog', []);
    await expect(publish(archive)).rejects.toMatchObject({ name: 'Fatal' });
    expect(sites.objects.size).toBe(0);
  });
});

describe('look', () => {
  it('says what is published, if anything is', async () => {
    expect(await look()).toEqual({ version: null });
    const { version } = await publish(await archiveOf('one'));
    expect(await look()).toEqual({ version });
  });
});

describe('check', () => {
  it('counts what it has compared', async () => {
    const archive = await archiveOf('one');
    const { version } = await publish(archive);
    expect(await check(archive, version, ['index.html'])).toEqual({ checked: 2, bytes: 9 });
  });

  it('names every page that is changed, missing or required', async () => {
    const archive = await archiveOf('one');
    const { version, key } = await publish(archive);
    await sites.write(key, { body: Buffer.from('defaced'), contentType: 'text/html' });
    sites.objects.delete(`docs/eu/versions/${version}/flow.svg`);
    const checked = check(archive, version, ['imprint.html']);
    await expect(checked).rejects.toMatchObject({ name: 'CheckFailed' });
    await expect(checked).rejects.toThrow('there is no imprint.html, which the job requires');
    await expect(checked).rejects.toThrow('index.html is not the one that was built');
    await expect(checked).rejects.toThrow('flow.svg is missing');
  });

  it('fails when the site shows another version', async () => {
    const archive = await archiveOf('one');
    const { version } = await publish(archive);
    const other = await publish(await archiveOf('two'), LATER);
    await expect(check(archive, version)).rejects.toThrow(
      `docs/eu shows version ${other.version}, not ${version}`,
    );
  });
});

describe('restore', () => {
  it('goes back to the version before', async () => {
    const first = await publish(await archiveOf('one'), EARLIER);
    const second = await publish(await archiveOf('two'));
    expect(await restore(second.previous)).toEqual({ version: first.version, restored: true });
    expect(await shown()).toBe(first.version);
  });

  it('leaves nothing published where nothing was', async () => {
    const { previous } = await publish(await archiveOf('one'));
    expect(await restore(previous)).toEqual({ version: null, restored: true });
    expect(await shown()).toBeNull();
  });

  it('can be repeated, by the same try and by the next', async () => {
    const { previous } = await publish(await archiveOf('one'));
    const first = await restore(previous);
    expect(await restore(previous)).toEqual(first);
    expect(await restore(previous, { tryNumber: 2, opFence: 25 })).toEqual(first);
  });

  it('leaves what another job has published since, with a warning', async () => {
    const mine = await publish(await archiveOf('mine'));
    const others = await publish(await archiveOf('others'), LATER);
    expect(await restore(mine.previous)).toEqual({
      version: others.version,
      restored: false,
      warnings: [`docs/eu was left as it is: job ${OTHER_JOB} has switched it since`],
    });
    expect(await shown()).toBe(others.version);
  });

  it('undoes a publication that was cut off before it wrote, which then comes too late', async () => {
    const first = await publish(await archiveOf('one'), EARLIER);
    expect(await restore(first.version)).toEqual({ version: first.version, restored: true });
    await expect(publish(await archiveOf('two'))).rejects.toMatchObject({ name: 'StaleWriter' });
    expect(await shown()).toBe(first.version);
    // The job before has not lost its place by that.
    expect(await restore(null, { jobId: OTHER_JOB, lock: 9 })).toEqual({ version: null, restored: true });
  });

  it('does not switch to a version whose pages are not there', async () => {
    const { version } = await publish(await archiveOf('one'));
    await expect(restore('0123456789abcdef')).rejects.toMatchObject({ name: 'Fatal' });
    expect(await shown()).toBe(version);
  });
});

describe('report', () => {
  const US = 'docs/us';

  it('says what was published where', async () => {
    const before = await publish(await archiveOf('one'), EARLIER);
    const archive = await archiveOf('two');
    const { version } = await publish(archive);
    await publish(archive, {}, US);
    const reported = await report();
    expect(reported).toEqual({
      site: 'docs',
      jobId: JOB,
      project: 'web',
      attempt: 1,
      targets: [
        { target: 'docs/eu', outcome: 'published', version, previous: before.version, pages: 1 },
        { target: US, outcome: 'published', version, previous: null, pages: 1 },
      ],
      report: {
        bucket: 'sites',
        markdown: `docs/reports/${JOB}-1.md`,
        json: `docs/reports/${JOB}-1.json`,
      },
    });
    expect(sites.text(reported.report.markdown)).toContain(`SHA-256 \`${archive.sha256}\``);
    expect(JSON.parse(sites.text(reported.report.json) ?? '')).toMatchObject({
      targets: reported.targets,
      versions: [
        { version, archive, manifest: { files: [{ path: 'flow.svg' }, { path: 'index.html', bytes: 3 }] } },
      ],
    });
  });

  it('says that the job went back', async () => {
    const before = await publish(await archiveOf('one'), EARLIER);
    await publish(await archiveOf('two'));
    await restore(before.version);
    expect((await report()).targets).toMatchObject([
      { outcome: 'restored', version: before.version, pages: 1 },
      { outcome: 'unchanged', version: null },
    ]);
  });

  it('says that nothing is published, before and after it was', async () => {
    expect((await report()).targets[0]).toMatchObject({ outcome: 'unchanged', version: null, pages: 0 });
    await publish(await archiveOf('one'));
    await restore(null);
    expect((await report()).targets[0]).toMatchObject({ outcome: 'restored', version: null });
  });

  it('says that another job has the target', async () => {
    await publish(await archiveOf('one'), EARLIER);
    expect((await report()).targets[0]).toMatchObject({ outcome: 'unchanged' });
  });

  it('knows what the children of its job have published', async () => {
    const input = { target: 'docs/eu', release: JOB, archive: await archiveOf('one') };
    await publishVersion({ archives, sites }, actionEvent(input, { jobId: OTHER_JOB }));
    expect((await report()).targets[0]).toMatchObject({ outcome: 'published' });
  });
});
