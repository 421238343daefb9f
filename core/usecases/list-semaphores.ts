import * as z from 'zod';
import type { HolderShape, LineView, WaiterShape } from '../contract/api/line-shape.ts';
import { type Refused, refused } from '../contract/error-codes.ts';
import { cursorOf, type Listing, placeOfCursor } from '../contract/page-cursor.ts';
import type { Deps } from '../ports/deps.ts';
import { GLOBAL_SCOPE, type Semaphore, type SemaphoreKey } from '../semaphore/semaphore.ts';
import { whoIsInLine } from './who-is-in-line.ts';

/** Whose semaphores of which kind. */
export interface SemaphoreClass {
  readonly kind: 'resource' | 'lock';
  /** A project, or the scope that all projects share. */
  readonly scope: string;
}

export interface SemaphoresPage {
  readonly ok: true;
  readonly semaphores: readonly Semaphore[];
  readonly cursor?: string;
}

/** A page of the locks or resources of a scope, by name. */
export async function listSemaphores(
  { store }: Pick<Deps, 'store'>,
  { kind, scope }: SemaphoreClass,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<SemaphoresPage | Refused> {
  const listing: Listing = { of: 'semaphores', project: scope, filter: { kind } };
  const from = page.cursor === undefined ? undefined : placeOfCursor(listing, page.cursor, placeSchema);
  if (from?.ok === false) return from;
  const found = await store.listSemaphores(scope, kind, {
    limit: page.limit,
    ...(from === undefined ? {} : { after: from.place }),
  });
  const { semaphores, next } = found;
  return { ok: true, semaphores, ...(next === undefined ? {} : { cursor: cursorOf(listing, next) }) };
}

export interface FoundSemaphore {
  readonly ok: true;
  readonly semaphore: Semaphore;
  readonly holders: HolderShape[];
  readonly waiters: WaiterShape[];
}

/**
 * One lock or resource, with who holds it and who waits.
 *
 * @param mayYouSee whether the caller may see jobs of a project: others hold what is global, too
 */
export async function findSemaphore(
  deps: Pick<Deps, 'store'>,
  key: SemaphoreClass & { readonly name: string },
  mayYouSee: LineView['mayYouSee'],
): Promise<FoundSemaphore | Refused> {
  const [line] = await deps.store.readLines([key]);
  const semaphore = line?.semaphore ?? null;
  if (semaphore === null) return notFound(key);
  return { ok: true, semaphore, ...(await whoIsInLine(deps, key, mayYouSee)) };
}

/** A name: what follows it comes next. */
const placeSchema = z.string();

function notFound({ kind, scope, name }: SemaphoreKey): Refused {
  const where = scope === GLOBAL_SCOPE ? 'is no global' : `is in project ${scope} no`;
  return kind === 'lock'
    ? refused('LockNotFound', `There ${where} lock '${name}' that a job has used.`)
    : refused('ResourceNotFound', `There ${where} resource '${name}'; PUT /resources makes it.`);
}
