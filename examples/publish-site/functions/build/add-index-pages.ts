import { posix } from 'node:path';
import { renderMarkdown } from './render-markdown.ts';
import { isPage, type SourceFile } from './source-file.ts';

/** What a folder's own page may be called. It becomes, or is, its `index.html`. */
const INDEX_NAMES = ['README.md', 'index.md', 'index.html'] as const;

export function isIndex(path: string): boolean {
  return INDEX_NAMES.some((name) => posix.basename(path) === name);
}

/**
 * Adds a list of its pages to each folder that has pages and no page of its own: on GitHub a link to
 * a folder leads to such a list, so it has to lead somewhere here too.
 */
export function addIndexPages(files: readonly SourceFile[]): SourceFile[] {
  const pages = files.filter(isPage);
  const folders = new Set(pages.flatMap((page) => foldersAbove(page.path)));
  const withoutIndex = [...folders].filter(
    (folder) => !files.some((file) => posix.dirname(file.path) === folder && isIndex(file.path)),
  );
  const added = withoutIndex.map((folder) => ({
    path: posix.join(folder, INDEX_NAMES[0]),
    body: Buffer.from(indexOf(folder, pages, folders)),
  }));
  return [...files, ...added];
}

function indexOf(folder: string, pages: readonly SourceFile[], folders: ReadonlySet<string>): string {
  const inside = (path: string) => path !== '.' && posix.dirname(path) === folder;
  const links = [
    ...pages
      .filter((page) => inside(page.path))
      .map((page) => linkTo(titleOf(page), posix.basename(page.path))),
    ...[...folders].filter(inside).map((path) => linkTo(posix.basename(path), `${posix.basename(path)}/`)),
  ];
  const heading = folder === '.' ? 'Contents' : posix.basename(folder);
  return `# ${escapeMarkdown(heading)}\n\n${links.sort().join('\n')}\n`;
}

function linkTo(text: string, path: string): string {
  return `- [${escapeMarkdown(text)}](${encodeURI(path)})`;
}

function titleOf({ path, body }: SourceFile): string {
  return renderMarkdown(body.toString(), (href) => href).title ?? posix.basename(path);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>&#]/g, '\\$&');
}

/** `a/b/page.md` lies in `a/b`, `a` and `.`. */
function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [folder] : [folder, ...foldersAbove(folder)];
}
