import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { StackFile } from '../../../local/stack-file.ts';
import { functionName, localAws } from './local-aws.ts';

/** Runs the sweeper now, rather than at the next full minute. */
export async function sweepNow(stack: StackFile): Promise<void> {
  const answer = await localAws(stack).lambda.send(
    new InvokeCommand({ FunctionName: await functionName(stack, 'sweep'), Payload: '{}' }),
  );
  if (answer.FunctionError !== undefined) throw new Error(new TextDecoder().decode(answer.Payload));
}
