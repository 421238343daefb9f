import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bundles } from './bundles.ts';

/** Where scripts/package.ts puts the bundles, seen from this file in the package. */
const BUNDLES = new URL('../../bundles/', import.meta.url);

/** The functions of the control plane, as the package brings them. */
export const controlPlaneBundles: Bundles = (entries) => {
  for (const name of entries.keys()) {
    if (!existsSync(folderOf(name)))
      throw new Error(`the package has no bundle of ${name}: install it again`);
  }
  return folderOf;
};

function folderOf(name: string): string {
  return fileURLToPath(new URL(name, BUNDLES));
}
