import * as z from 'zod';
import { GLOBAL_SCOPE } from './semaphore.ts';

/** Whose a lock or a resource is: a project's, or all projects' together. */
export const scopeSchema = z.enum(['project', 'global']);

type Scope = z.output<typeof scopeSchema>;

/** The scope of a key as callers say it. */
export function scopeOf({ scope }: { readonly scope: string }): Scope {
  return scope === GLOBAL_SCOPE ? 'global' : 'project';
}

/** The scope of a key, by what a caller said. */
export function keyScope(scope: Scope, project: string): string {
  return scope === 'global' ? GLOBAL_SCOPE : project;
}
