import * as z from 'zod';

/**
 * What CloudFormation asks of the function behind a custom resource. Every property is text.
 * Source: AWS CloudFormation User Guide, "Custom resource request and response reference".
 */
export const customResourceRequestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  /** Where the answer goes; whoever has it can end the deployment, so it is never logged. */
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.record(z.string(), z.unknown()),
});

export type CustomResourceRequest = z.infer<typeof customResourceRequestSchema>;

/** CloudFormation shows this much of a reason. */
const REASON_CHARACTERS = 1_000;

/**
 * Answers the request; without an answer, a deployment waits for an hour. The id never changes, so no answer
 * makes CloudFormation replace the resource.
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  failure: Error | null,
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = LogicalResourceId } = request;
  const ids = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  const answer =
    failure === null
      ? { Status: 'SUCCESS', ...ids }
      : { Status: 'FAILED', Reason: failure.message.slice(0, REASON_CHARACTERS), ...ids };
  const body = JSON.stringify(answer);
  // The address is signed without a content type, so none may be sent.
  const response = await fetch(request.ResponseURL, {
    method: 'PUT',
    body,
    headers: { 'content-type': '' },
  });
  if (!response.ok) throw new Error(`CloudFormation refused the answer with status ${response.status}`);
}
