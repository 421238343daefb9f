import document from '../../docs/openapi.json' with { type: 'json' };
import { publicRoute } from '../runtime/public-route.ts';
import { ROUTES } from './routes.ts';

/**
 * `GET /openapi.json`: 200 with the document that describes the API. It is made before it is deployed
 * (`npm run openapi`): the function then needs neither the schemas nor the time to convert them.
 */
export function getOpenApiRoute() {
  const headers = { 'cache-control': `public, max-age=${KEPT_SECONDS}` };
  return publicRoute(ROUTES['get-open-api'], { status: 200, headers, body: document });
}

/** It changes with a deployment only. */
const KEPT_SECONDS = 300;

export const handler = getOpenApiRoute();
