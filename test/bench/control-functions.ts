import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';

/** One deployed function of the control plane. */
export interface ControlFunction {
  /** Of its entry: `perform-op`, say. */
  readonly name: string;
  readonly functionName: string;
  readonly logGroup: string;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the construct's descriptions of functions begin with. */
export const DESCRIPTION = 'Jobplane: ';

/** All functions of the control plane; the functions behind actions are not of it. */
export async function controlFunctions(stack: StackFile): Promise<readonly ControlFunction[]> {
  const client = new LambdaClient(localConnection(stack.emulatorUrl));
  const found: ControlFunction[] = [];
  for await (const page of paginateListFunctions({ client }, {})) {
    for (const { Description, FunctionName, LoggingConfig, MemorySize, Environment } of page.Functions ??
      []) {
      if (FunctionName === undefined || MemorySize === undefined) continue;
      if (Description?.startsWith(DESCRIPTION) !== true) continue;
      found.push({
        name: Description.slice(DESCRIPTION.length),
        functionName: FunctionName,
        logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`,
        memoryMb: MemorySize,
        environment: { ...Environment?.Variables },
      });
    }
  }
  if (found.length === 0) throw new Error('no function of the control plane is deployed');
  return found;
}
