import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOCAL_CREDENTIALS } from '../../../local/connection.ts';
import type { StackFile } from '../../../local/stack-file.ts';

/** Clients of the local AWS, for what a test does behind Jobplane's back. */
export function localAws(stack: StackFile) {
  const config = { endpoint: stack.emulatorUrl, region: stack.region, credentials: LOCAL_CREDENTIALS };
  return {
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    events: new EventBridgeClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sfn: new SFNClient(config),
    sqs: new SQSClient(config),
  };
}

/** The name of the deployed function that this entry became. */
export async function functionName(stack: StackFile, entry: string): Promise<string> {
  for await (const page of paginateListFunctions({ client: localAws(stack).lambda }, {})) {
    const found = page.Functions?.find(({ Description }) => Description === `Jobplane: ${entry}`);
    if (found?.FunctionName !== undefined) return found.FunctionName;
  }
  throw new Error(`no function is deployed for ${entry}`);
}
