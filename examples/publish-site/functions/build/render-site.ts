import { posix } from 'node:path';
import type { SiteFile } from '../archive/site-archive.ts';
import { ActionFailure } from '../runtime/action-failure.ts';
import { addIndexPages, isIndex } from './add-index-pages.ts';
import { type CheckedLink, checkLink, type LinkTarget } from './check-link.ts';
import { contentTypeOf } from './content-type.ts';
import { pageHtml } from './page-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { isPage, type SourceFile } from './source-file.ts';

interface RenderedSite {
  readonly files: readonly SiteFile[];
  readonly warnings: readonly string[];
}

/** Makes a site of a folder of pages, if every link between them leads somewhere. */
export function renderSite(sources: readonly SourceFile[]): RenderedSite {
  const complete = addIndexPages(sources);
  const pages = complete.filter(isPage);
  if (pages.length === 0) throw new ActionFailure('PreconditionFailed', 'there are no Markdown pages');

  const targets = linkTargetsOf(complete);
  const links = pages.flatMap((page) =>
    linksOf(page).map((href) => ({ page, href, checked: checkLink(page.path, href, targets) })),
  );
  const dead = links.flatMap(({ page, href, checked }) =>
    checked.kind === 'dead' ? [`${page.path}: ${href} ${checked.reason}`] : [],
  );
  if (dead.length > 0) {
    throw new ActionFailure('PreconditionFailed', `dead links: ${shortened(dead).join('; ')}`);
  }
  const outside = links.flatMap(({ page, href, checked }) =>
    checked.kind === 'outside' ? [`${page.path}: ${href} is not part of the site and became plain text`] : [],
  );
  return {
    files: complete.map((source) => (isPage(source) ? renderedPage(source, targets) : copiedFile(source))),
    warnings: shortened([...new Set(outside)]),
  };
}

function linkTargetsOf(sources: readonly SourceFile[]): ReadonlyMap<string, LinkTarget> {
  const targets = new Map<string, LinkTarget>();
  const sourceOf = new Map<string, string>();
  for (const source of sources) {
    const outputPath = outputPathOf(source);
    const other = sourceOf.get(outputPath);
    if (other !== undefined) {
      throw new ActionFailure(
        'PreconditionFailed',
        `${other} and ${source.path} would both become ${outputPath}`,
      );
    }
    sourceOf.set(outputPath, source.path);
    const target = isPage(source) ? { outputPath, anchors: anchorsOf(source) } : { outputPath };
    targets.set(source.path, target);
    if (isIndex(source.path)) targets.set(posix.dirname(source.path), target);
  }
  return targets;
}

function outputPathOf(source: SourceFile): string {
  if (!isPage(source)) return source.path;
  if (isIndex(source.path)) return posix.join(posix.dirname(source.path), 'index.html');
  return source.path.replace(/\.md$/, '.html');
}

function anchorsOf({ body }: SourceFile): ReadonlySet<string> {
  return renderMarkdown(body.toString(), (href) => href).anchors;
}

function linksOf({ body }: SourceFile): string[] {
  const links: string[] = [];
  renderMarkdown(body.toString(), (href) => {
    links.push(href);
    return href;
  });
  return links;
}

function renderedPage(page: SourceFile, targets: ReadonlyMap<string, LinkTarget>): SiteFile {
  const path = outputPathOf(page);
  const { html, title } = renderMarkdown(page.body.toString(), (href) =>
    addressOf(path, href, checkLink(page.path, href, targets)),
  );
  return {
    path,
    contentType: contentTypeOf(path),
    body: Buffer.from(pageHtml({ title: title ?? posix.basename(path), html })),
  };
}

function addressOf(from: string, href: string, link: CheckedLink): string | undefined {
  switch (link.kind) {
    case 'external':
      return href;
    case 'alive': {
      const path = encodeURI(posix.relative(posix.dirname(from), link.target.outputPath));
      return link.fragment === '' ? path : `${path}#${link.fragment}`;
    }
    case 'outside':
    case 'dead':
      return undefined;
  }
}

function copiedFile({ path, body }: SourceFile): SiteFile {
  return { path, contentType: contentTypeOf(path), body };
}

const MAX_LISTED = 20;

/** A job shows these to people, and its result has a limit. */
function shortened(lines: readonly string[]): string[] {
  const rest = lines.length - MAX_LISTED;
  return rest > 0 ? [...lines.slice(0, MAX_LISTED), `and ${rest} more`] : [...lines];
}
