import { bundleFunctions } from './bundle-functions.ts';
import type { Bundles } from './bundles.ts';

let bundled: ReturnType<Bundles> | undefined;

/**
 * The functions of the control plane, bundled from the sources of this checkout: once a process, since every
 * deployment of an app has the same.
 *
 * Imported as `#control-plane-bundles`: the published package has them bundled already and maps the name to
 * packed-bundles.ts, so that whoever installs it needs neither esbuild nor the sources.
 */
export const controlPlaneBundles: Bundles = (entries) => {
  bundled ??= bundleFunctions('control-plane', entries);
  return bundled;
};
