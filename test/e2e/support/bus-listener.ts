import {
  DeleteRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { StackFile } from '../../../local/stack-file.ts';
import { localAws } from './local-aws.ts';

const eventSchema = z.object({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.looseObject({ jobId: z.string(), serial: z.int() }),
});

export type BusEventSeen = z.infer<typeof eventSchema>;

export interface BusListener {
  /** Everything of this job that has come so far. */
  eventsOf(jobId: string): Promise<readonly BusEventSeen[]>;
  stop(): Promise<void>;
}

/** Listens to everything on the private bus, as a team's own rule with a queue does. */
export async function listenToBus(stack: StackFile, name: string): Promise<BusListener> {
  const { events, sqs } = localAws(stack);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const rule = { Name: name, EventBusName: stack.busName };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ['jobplane'] }) }));
  await events.send(
    new PutTargetsCommand({
      Rule: name,
      EventBusName: stack.busName,
      Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn ?? '' }],
    }),
  );
  const seen: BusEventSeen[] = [];

  const drain = async (): Promise<void> => {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return;
      for (const { Body = '' } of Messages) seen.push(eventSchema.parse(JSON.parse(Body)));
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, position) => ({ Id: String(position), ReceiptHandle })),
        }),
      );
    }
  };

  return {
    async eventsOf(jobId) {
      await drain();
      return seen.filter(({ detail }) => detail.jobId === jobId);
    },
    async stop() {
      await events.send(
        new RemoveTargetsCommand({ Rule: name, EventBusName: stack.busName, Ids: ['queue'] }),
      );
      await events.send(new DeleteRuleCommand(rule));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}
