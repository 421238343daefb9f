/** Of the files of a site, those that people read as pages. */
export function countPages(files: readonly { readonly path: string }[]): number {
  return files.filter(({ path }) => path.endsWith('.html')).length;
}
