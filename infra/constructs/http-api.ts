import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { ROUTES } from '../../functions/api/routes.ts';
import type { ControlFunctions } from './control-functions.ts';
import type { UserPool } from './user-pool.ts';

/** The HTTP API: every route behind the JWT authorizer, each with a function of its own. */
export class HttpApi extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly functions: ControlFunctions; readonly identity: UserPool },
  ) {
    super(scope, id);
    const { issuer, client, cliClient } = props.identity;
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: 'Jobplane',
      defaultAuthorizer: new HttpJwtAuthorizer('Token', issuer, {
        jwtAudience: [client.userPoolClientId, cliClient.userPoolClientId],
      }),
    });
    for (const [name, handler] of props.functions.routes()) {
      const { method, path } = ROUTES[name];
      this.api.addRoutes({
        path,
        methods: [apigateway.HttpMethod[method]],
        integration: new HttpLambdaIntegration(name, handler),
      });
    }
  }
}
