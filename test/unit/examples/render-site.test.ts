import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSourceFiles } from '../../../examples/publish-site/functions/build/read-source-files.ts';
import { renderSite } from '../../../examples/publish-site/functions/build/render-site.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const render = async () => renderSite(await readSourceFiles(folder));

async function rendered(path: string): Promise<string | undefined> {
  return (await render()).files.find((file) => file.path === path)?.body.toString();
}

describe('renderSite', () => {
  it('renders every page and copies what is no page', async () => {
    put('README.md', '# Manual\n\nSee [the life of a job](guide/lifecycle.md#in-short).');
    put('guide/lifecycle.md', '# Life\n\n## In short\n\n![flow](flow.svg) [up](../README.md)');
    put('guide/flow.svg', '<svg/>');
    const { files, warnings } = await render();
    expect(Object.fromEntries(files.map(({ path, contentType }) => [path, contentType]))).toEqual({
      'index.html': 'text/html; charset=utf-8',
      'guide/index.html': 'text/html; charset=utf-8',
      'guide/lifecycle.html': 'text/html; charset=utf-8',
      'guide/flow.svg': 'image/svg+xml',
    });
    expect(warnings).toEqual([]);
  });

  it('makes links lead to the rendered pages', async () => {
    put(
      'README.md',
      '# Manual\n\n[life](guide/lifecycle.md#in-short) [adr](adr/) [web](https://example.com/a?b&c)',
    );
    put('guide/lifecycle.md', '## In short\n\n[up](../README.md), <a href="../adr/0001.md">one</a>');
    put('adr/0001.md', '# One');
    expect(await rendered('index.html')).toContain('<a href="guide/lifecycle.html#in-short">life</a>');
    expect(await rendered('index.html')).toContain('<a href="adr/index.html">adr</a>');
    expect(await rendered('index.html')).toContain('<a href="https://example.com/a?b&amp;c">web</a>');
    expect(await rendered('guide/lifecycle.html')).toContain('<a href="../index.html">up</a>');
    expect(await rendered('guide/lifecycle.html')).toContain('<a href="../adr/0001.html">one</a>');
  });

  it('takes the first heading as the title, without letting it out of its element', async () => {
    put('README.md', 'text\n\n# A `<b>` & more\n');
    expect(await rendered('index.html')).toContain('<title>A &lt;b&gt; &amp; more</title>');
  });

  it('gives headings the anchors that GitHub gives them', async () => {
    put(
      'README.md',
      '# Why `/why` waits?\n\n## Ops & tries\n\n## Ops & tries\n\n[a](#why-why-waits) [b](#ops--tries-1)',
    );
    expect(await rendered('index.html')).toContain('<h2 id="ops--tries-1">');
  });

  it('lists the pages of a folder that has no page of its own', async () => {
    put('a_b.md', '# Title with [brackets]');
    put('adr/0001.md', 'no heading');
    expect(await rendered('index.html')).toContain('<a href="a_b.html">Title with [brackets]</a>');
    expect(await rendered('index.html')).toContain('<a href="adr/index.html">adr</a>');
    expect(await rendered('adr/index.html')).toContain('<a href="0001.html">0001.md</a>');
  });

  it('fails on dead links and names each', async () => {
    put('README.md', '[gone](gone.md) and ![lost](images/lost.png)');
    put('guide/a.md', '# A\n\n[wrong](../README.md#nowhere)');
    await expect(render()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message:
        'dead links: README.md: gone.md does not exist; README.md: images/lost.png does not exist; ' +
        'guide/a.md: ../README.md#nowhere has no heading #nowhere',
    });
  });

  it('finds dead links in HTML, in tables and by reference', async () => {
    put('README.md', '<img src="a.png">\n\n| x |\n|-|\n| [t](b.md) |\n\n- item\n  - [r][ref]\n\n[ref]: c.md');
    await expect(render()).rejects.toThrow(/a\.png.*b\.md.*c\.md/);
  });

  it('does not look for links in code and comments', async () => {
    put('README.md', '`[a](a.md)`\n\n```md\n[b](b.md)\n```\n\n<!-- <a href="c.md"> -->\n');
    expect((await render()).warnings).toEqual([]);
  });

  it('turns a link to something outside of the site into text, with a warning', async () => {
    put('README.md', '# Manual\n\n[the code](../core/job.ts)');
    expect((await render()).warnings).toEqual([
      'README.md: ../core/job.ts is not part of the site and became plain text',
    ]);
    expect(await rendered('index.html')).toContain('<p>the code</p>');
  });

  it('keeps a long list of dead links short', async () => {
    put('README.md', Array.from({ length: 500 }, (_, n) => `[${n}](missing-${n}.md)`).join('\n'));
    await expect(render()).rejects.toThrow(/missing-19\.md does not exist; and 480 more$/);
  });

  it('fails when two files would become one', async () => {
    put('README.md', '# A');
    put('index.md', '# B');
    await expect(render()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: 'README.md and index.md would both become index.html',
    });
  });

  it('fails when there are no pages', async () => {
    put('.hidden.md', '# Not a page');
    put('picture.png', '');
    await expect(render()).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });
});

const docs = await readSourceFiles(fileURLToPath(new URL('../../../docs', import.meta.url)));

describe('the docs folder of this repository', () => {
  it.skipIf(docs.length === 0)('has no dead links, so that the example can publish it', () => {
    expect(() => renderSite(docs)).not.toThrow();
  });
});
