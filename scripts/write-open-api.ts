import { writeFileSync } from 'node:fs';
import { openApi } from '../core/contract/openapi/open-api.ts';
import { ROUTES } from '../functions/api/routes.ts';

/** Writes docs/openapi.json, which is deployed as it is; a test holds it against the schemas. */
writeFileSync(
  new URL('../docs/openapi.json', import.meta.url),
  `${JSON.stringify(openApi(ROUTES), null, 2)}\n`,
);
