import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ArchiveReference,
  storeArchive,
} from '../../../examples/publish-site/functions/archive/archive-reference.ts';
import { checkVersion } from '../../../examples/publish-site/functions/site/check-version.ts';
import { readPointer } from '../../../examples/publish-site/functions/site/pointer.ts';
import { publishVersion } from '../../../examples/publish-site/functions/site/publish-version.ts';
import { reportVersion } from '../../../examples/publish-site/functions/site/report-version.ts';
import { restoreVersion } from '../../../examples/publish-site/functions/site/restore-version.ts';
import { actionEvent, JOB, OTHER_JOB } from './action-event.ts';
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

const publish = (archive: ArchiveReference, who?: Who) =>
  publishVersion({ archives, sites }, actionEvent({ site: 'docs', archive }, who));

const restore = (version: string | null, who?: Who) =>
  restoreVersion({ sites }, actionEvent({ site: 'docs', version }, { op: 5, opFence: 20, ...who }));

const check = (archive: ArchiveReference, version: string, requiredPages: string[] = []) =>
  checkVersion({ archives, sites }, actionEvent({ site: 'docs', archive, version, requiredPages }));

const report = (who?: Who) => reportVersion({ sites }, actionEvent({ site: 'docs' }, who));

const shown = async () => (await readPointer(sites, 'docs'))?.pointer.version;

describe('publish', () => {
  it('puts the pages below their version and then switches the site', async () => {
    const published = await publish(await archiveOf('one'));
    expect(published.previous).toBeNull();
    expect(sites.text(published.key)).toBe('one');
    expect(published.key).toBe(`docs/versions/${published.version}/index.html`);
    expect(sites.objects.get(`docs/versions/${published.version}/flow.svg`)?.contentType).toBe(
      'image/svg+xml',
    );
    expect(await shown()).toBe(published.version);
  });

  it('keeps the pages of the version before', async () => {
    const first = await publish(await archiveOf('one'));
    const second = await publish(await archiveOf('two'), { jobId: OTHER_JOB });
    expect(second.previous).toBe(first.version);
    expect(sites.text(first.key)).toBe('one');
  });

  it('gives the same answer when the same try is repeated', async () => {
    await publish(await archiveOf('one'), { jobId: OTHER_JOB });
    const archive = await archiveOf('two');
    const first = await publish(archive);
    const written = sites.text('docs/current.json');
    expect(await publish(archive)).toEqual(first);
    expect(sites.text('docs/current.json')).toBe(written);
  });

  it('gives the same answer in the next try, when the answer of the first was lost', async () => {
    await publish(await archiveOf('one'), { jobId: OTHER_JOB });
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
    expect((await readPointer(sites, 'docs'))?.pointer.writer.opFence).toBe(14);
  });

  it('replaces another job that comes between its look and its write', async () => {
    const [mine, others] = [await archiveOf('mine'), await archiveOf('others')];
    sites.intrude = () => publish(others, { jobId: OTHER_JOB });
    const published = await publish(mine);
    expect(published.previous).toBe((await publish(others, { jobId: OTHER_JOB, opFence: 99 })).version);
  });

  it('gives up when others come first again and again', async () => {
    const archive = await archiveOf('one');
    let opFence = 100;
    const intrude = async () => {
      opFence += 1;
      await sites.write('docs/current.json', {
        contentType: 'application/json',
        body: Buffer.from(
          JSON.stringify({
            site: 'docs',
            version: null,
            previous: null,
            writer: { action: 'publish', jobId: OTHER_JOB, attempt: 1, op: 1, opFence },
          }),
        ),
      });
      sites.intrude = intrude;
    };
    sites.intrude = intrude;
    await expect(publish(archive)).rejects.toMatchObject({ name: 'PointerContended' });
  });

  it('refuses the archive of another site', async () => {
    const archive = await storeArchive(archives, 'blog', []);
    await expect(publish(archive)).rejects.toMatchObject({ name: 'Fatal' });
    expect(sites.objects.size).toBe(0);
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
    sites.objects.delete(`docs/versions/${version}/flow.svg`);
    const checked = check(archive, version, ['imprint.html']);
    await expect(checked).rejects.toMatchObject({ name: 'CheckFailed' });
    await expect(checked).rejects.toThrow('there is no imprint.html, which the job requires');
    await expect(checked).rejects.toThrow('index.html is not the one that was built');
    await expect(checked).rejects.toThrow('flow.svg is missing');
  });

  it('fails when the site shows another version', async () => {
    const archive = await archiveOf('one');
    const { version } = await publish(archive);
    const other = await publish(await archiveOf('two'), { jobId: OTHER_JOB });
    await expect(check(archive, version)).rejects.toThrow(
      `the site shows version ${other.version}, not ${version}`,
    );
  });
});

describe('restore', () => {
  it('goes back to the version before', async () => {
    const first = await publish(await archiveOf('one'), { jobId: OTHER_JOB });
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
    const others = await publish(await archiveOf('others'), { jobId: OTHER_JOB });
    expect(await restore(mine.previous)).toEqual({
      version: others.version,
      restored: false,
      warnings: [`the site docs was left as it is: job ${OTHER_JOB} has switched it since`],
    });
    expect(await shown()).toBe(others.version);
  });

  it('does not switch to a version whose pages are not there', async () => {
    const { version } = await publish(await archiveOf('one'));
    await expect(restore('0123456789abcdef')).rejects.toMatchObject({ name: 'Fatal' });
    expect(await shown()).toBe(version);
  });
});

describe('report', () => {
  it('says what was published', async () => {
    const before = await publish(await archiveOf('one'), { jobId: OTHER_JOB });
    const archive = await archiveOf('two');
    const { version } = await publish(archive);
    const reported = await report();
    expect(reported).toEqual({
      site: 'docs',
      jobId: JOB,
      project: 'web',
      attempt: 1,
      outcome: 'published',
      version,
      previous: before.version,
      pages: 1,
      bytes: 9,
      archive,
      report: {
        bucket: 'sites',
        markdown: `docs/reports/${JOB}-1.md`,
        json: `docs/reports/${JOB}-1.json`,
      },
    });
    expect(sites.text(reported.report.markdown)).toContain(`| SHA-256 | \`${archive.sha256}\` |`);
    expect(JSON.parse(sites.text(reported.report.json) ?? '')).toMatchObject({
      version,
      files: [{ path: 'flow.svg' }, { path: 'index.html', bytes: 3 }],
    });
  });

  it('says that the job went back', async () => {
    const before = await publish(await archiveOf('one'), { jobId: OTHER_JOB });
    const { previous } = await publish(await archiveOf('two'));
    await restore(previous);
    expect(await report()).toMatchObject({ outcome: 'restored', version: before.version, pages: 1 });
  });

  it('says that nothing is published, before and after it was', async () => {
    expect(await report()).toMatchObject({ outcome: 'unchanged', version: null, pages: 0, archive: null });
    const { previous } = await publish(await archiveOf('one'));
    await restore(previous);
    expect(await report()).toMatchObject({ outcome: 'restored', version: null, archive: null });
  });

  it('says that another job has the site', async () => {
    await publish(await archiveOf('one'), { jobId: OTHER_JOB });
    expect(await report()).toMatchObject({ outcome: 'unchanged' });
  });
});
