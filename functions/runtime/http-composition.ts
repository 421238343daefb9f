import { lookup } from 'node:dns/promises';
import { request } from 'node:https';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { HttpCall } from '../../core/contract/http-call.ts';
import type { Outcome } from '../../core/job/complete-op.ts';
import { makeRequest, type Outside } from '../adapters/http/make-request.ts';
import { isPublicAddress } from '../adapters/http/public-address.ts';
import { secretText } from '../adapters/http/secret-text.ts';
import { CLIENT } from './composition.ts';
import { httpRulesEnvironment } from './environment.ts';

/** The public internet, and nothing else. */
const OUTSIDE: Outside = {
  request,
  network: { resolve: (host) => lookup(host, { all: true }), isAllowed: isPublicAddress },
  now: Date.now,
};

/** Makes requests as the function's own action allows them. */
export function composeHttp(): (call: HttpCall, key: string) => Promise<Outcome> {
  const { HTTP_RULES } = httpRulesEnvironment.parse(process.env);
  const { hosts, methods, timeoutSeconds, authorization } = HTTP_RULES;
  const secrets = new SecretsManagerClient(CLIENT);

  return async (call, key) => {
    const secretHeader =
      authorization === undefined
        ? {}
        : {
            secretHeader: {
              name: authorization.header,
              value: await secretText(secrets, authorization.secret),
            },
          };
    return makeRequest(OUTSIDE, { limits: { hosts, methods }, timeoutSeconds, ...secretHeader }, call, key);
  };
}
