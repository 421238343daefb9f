import * as z from 'zod';

/**
 * The event of a pipeline's execution.
 * Source: AWS CodePipeline User Guide, "Monitoring CodePipeline events".
 */
const succeededSchema = z.object({
  detail: z.object({ pipeline: z.string(), 'execution-id': z.string() }),
});

/** The command that a success of a pipeline becomes: one job for each execution, however often it is told of. */
export function submitBuild(event: unknown, source: string) {
  const { pipeline, 'execution-id': execution } = succeededSchema.parse(event).detail;
  return {
    Source: source,
    DetailType: 'Submit Job',
    Detail: JSON.stringify({
      idempotencyId: `${pipeline}/${execution}`,
      spec: {
        name: `after-${pipeline}`,
        project: 'web',
        labels: { execution },
        ops: [{ name: 'report', action: 'log', input: { message: `${pipeline} has succeeded` } }],
      },
    }),
  };
}
