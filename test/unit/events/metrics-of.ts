import { vi } from 'vitest';
import * as z from 'zod';

/** A line in CloudWatch's embedded metric format: what CloudWatch Logs makes metrics of. */
const lineSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.int(),
    CloudWatchMetrics: z
      .array(
        z.object({
          Namespace: z.literal('Jobplane'),
          Dimensions: z.array(z.array(z.string())),
          Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
        }),
      )
      .length(1),
  }),
});

export interface SeenMetric {
  readonly name: string;
  readonly value: unknown;
  readonly unit: string;
  readonly [dimension: string]: unknown;
}

/** What somebody's work writes to the log for CloudWatch to count, with its dimensions beside the deployment's. */
export async function metricsOf(work: () => Promise<unknown>): Promise<readonly SeenMetric[]> {
  const lines: string[] = [];
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    await work();
  } finally {
    written.mockRestore();
  }
  return lines.filter((line) => line.includes('"_aws"')).flatMap(metricsIn);
}

function metricsIn(text: string): readonly SeenMetric[] {
  const line = lineSchema.parse(JSON.parse(text));
  return line._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.map(({ Name, Unit }) => ({
      name: Name,
      value: line[Name],
      unit: Unit,
      ...Object.fromEntries(
        [...new Set(Dimensions.flat())]
          .filter((dimension) => dimension !== 'service')
          .map((dimension) => [dimension, line[dimension]]),
      ),
    })),
  );
}
