import type { Construct } from 'constructs';
import type { ActionTarget } from '../../functions/adapters/actions/registered-actions.ts';
import type { ActionOf } from './action.ts';
import { ControlFunction } from './control-function.ts';
import { type ControlFunctions, HTTP_CALL } from './control-functions.ts';
import { calledOnce, grantInvoke } from './lambda-target.ts';

/** Beyond the request's own time: to start, to read the secret, and to say that the time was over. */
const MARGIN_SECONDS = 15;

/**
 * A function of the action's own that makes its requests: a target that is slow or hostile holds nothing
 * else, and it may do nothing but read its secret and deliver how it went.
 */
export function httpTarget(
  scope: Construct,
  name: string,
  { kind: _kind, http, timeout, authorization }: ActionOf<'http'>,
  functions: ControlFunctions,
): ActionTarget {
  const timeoutSeconds = timeout.toSeconds();
  const rules = {
    ...http,
    timeoutSeconds,
    ...(authorization === undefined
      ? {}
      : { authorization: { header: authorization.header, secret: authorization.secret.secretArn } }),
  };
  const { handler } = new ControlFunction(scope, name, {
    code: functions.bundleOf(HTTP_CALL),
    description: `Jobplane requests of action ${name}`,
    environment: { HTTP_RULES: JSON.stringify(rules) },
    logGroup: functions.logGroup,
    timeoutSeconds: timeoutSeconds + MARGIN_SECONDS,
  });
  authorization?.secret.grantRead(handler);
  handler.configureAsyncInvoke(calledOnce(functions.get('lambda-result')));
  grantInvoke(functions, handler.functionArn);
  return { kind: 'http', function: handler.functionArn };
}
