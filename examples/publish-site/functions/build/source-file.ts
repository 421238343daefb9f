/** A file of the folder of pages, with its path from there. */
export interface SourceFile {
  readonly path: string;
  readonly body: Buffer;
}

export function isPage({ path }: SourceFile): boolean {
  return path.endsWith('.md');
}
