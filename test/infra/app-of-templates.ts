import { App } from 'aws-cdk-lib';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';

/** An app whose templates are read and never deployed: a copy of all bundles would stay behind for each. */
export function appOfTemplates(): App {
  return new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } });
}
