import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** Everything that local runs leave behind; not in git, and safe to delete while nothing is up. */
export const LOCAL_DIR = join(REPOSITORY, '.local');

/** A file or folder under `.local`. */
export function localPath(...parts: readonly string[]): string {
  return join(LOCAL_DIR, ...parts);
}
