import { bundleFunctions } from './bundle-functions.ts';
import type { Bundles } from './bundles.ts';

/**
 * The functions of the control plane, bundled from the sources of this checkout.
 *
 * Imported as `#control-plane-bundles`: the published package has them bundled already and maps the name to
 * packed-bundles.ts, so that whoever installs it needs neither esbuild nor the sources.
 */
export const controlPlaneBundles: Bundles = (entries) => bundleFunctions('control-plane', entries);
