import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { ROUTES, type Route } from '../../functions/api/routes.ts';
import type { ControlFunctions } from './control-functions.ts';
import type { Identity } from './identity.ts';

/** The HTTP API: every route but the public ones behind the JWT authorizer, each with a function of its own. */
export class HttpApi extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly functions: ControlFunctions; readonly identity: Identity },
  ) {
    super(scope, id);
    const { pool, client } = props.identity;
    const issuer = `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${pool.userPoolId}`;
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: 'Jobplane',
      defaultAuthorizer: new HttpJwtAuthorizer('Token', issuer, { jwtAudience: [client.userPoolClientId] }),
    });
    for (const [name, handler] of props.functions.routes()) {
      const route: Route = ROUTES[name];
      this.api.addRoutes({
        path: route.path,
        methods: [apigateway.HttpMethod[route.method]],
        ...('public' in route ? { authorizer: new apigateway.HttpNoneAuthorizer() } : {}),
        integration: new HttpLambdaIntegration(name, handler),
      });
    }
  }
}
