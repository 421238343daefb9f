import type { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROUTES, type Route } from '../../functions/api/routes.ts';
import { acceptFinding } from './accepted-findings.ts';
import type { ControlFunctions } from './control-functions.ts';
import type { OidcProps } from './identity.ts';

/** Requests of everybody together; what is more is answered 429 by API Gateway itself. */
export interface Throttle {
  /** Requests a second that are let through for as long as they come. */
  readonly rate: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/**
 * An account runs 1,000 functions at once unless it asks for more: requests that come at once take half of
 * them at the most, and leave the rest to what runs the jobs. 500 a second, each of 100 ms, take 50.
 */
export const DEFAULT_THROTTLE: Throttle = { rate: 500, burst: 500 };

export interface HttpApiProps {
  readonly functions: ControlFunctions;
  /** Whose tokens are taken. */
  readonly users: Pick<OidcProps, 'issuer' | 'audience'>;
  readonly throttle: Throttle;
  /** What becomes of the access log. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * A line a request, also of those that are refused at the door, which no function hears of. Without the
 * query, which may have what a team keeps to itself, and without anything of the token.
 * Source: Amazon API Gateway Developer Guide, "Customize HTTP API access logs".
 */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  at: '$context.requestTime',
  from: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  refusedByAuthorizer: '$context.authorizer.error',
  milliseconds: '$context.responseLatency',
};

/** The HTTP API: every route but the public ones behind the JWT authorizer, each with a function of its own. */
export class HttpApi extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, { functions, users, throttle, removalPolicy }: HttpApiProps) {
    super(scope, id);
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: 'Jobplane',
      defaultAuthorizer: new HttpJwtAuthorizer('Token', users.issuer, { jwtAudience: [...users.audience] }),
      createDefaultStage: false,
    });
    // Where the construct would put its own, which takes no throttle and writes no log.
    new apigateway.HttpStage(this.api, 'DefaultStage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(
          new logs.LogGroup(this, 'AccessLog', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy }),
        ),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    for (const [name, handler] of functions.routes()) {
      const route: Route = ROUTES[name];
      const made = this.api.addRoutes({
        path: route.path,
        methods: [apigateway.HttpMethod[route.method]],
        ...('public' in route ? { authorizer: new apigateway.HttpNoneAuthorizer() } : {}),
        integration: new HttpLambdaIntegration(name, handler),
      });
      if ('public' in route) {
        for (const open of made)
          acceptFinding(open, 'APIG4', 'It answers everybody the same, and holds no secret.');
      }
    }
  }
}
