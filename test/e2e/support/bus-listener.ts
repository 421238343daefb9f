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
import { JOBPLANE_SOURCE } from '../../../core/contract/bus-events.ts';
import { EVENT_DETAILS } from '../../../core/contract/event-details.ts';
import { JOBPLANE_EVENTS } from '../../../core/contract/event-envelope.ts';
import type { StackFile } from '../../../local/stack-file.ts';
import { localAws } from './local-aws.ts';

/** Whatever is on the bus must be what is documented. */
const eventSchema = z.union(JOBPLANE_EVENTS);

type BusEvent = z.infer<typeof eventSchema>;

/** One that is made from the journal. */
type BusEventSeen = Omit<BusEvent, 'detail'> & {
  readonly detail: Extract<BusEvent['detail'], { jobId: unknown }>;
};

type Refusal = Extract<BusEvent['detail'], { eventId: unknown }>;

export interface BusListener {
  /** Everything of this job that has come so far. */
  eventsOf(jobId: string): Promise<readonly BusEventSeen[]>;
  /** What was refused of this command, by the id of its event. */
  refusalsOf(eventId: string): Promise<readonly Refusal[]>;
  stop(): Promise<void>;
}

/** Not every event of this source: the local AWS lets anybody send that, and a test does. */
const PATTERN = { source: [JOBPLANE_SOURCE], 'detail-type': Object.keys(EVENT_DETAILS) };

/** Listens to everything that Jobplane sends on the private bus, as a team's own rule with a queue does. */
export async function listenToBus(stack: StackFile, name: string): Promise<BusListener> {
  const { events, sqs } = localAws(stack);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const rule = { Name: name, EventBusName: stack.busName };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(PATTERN) }));
  await events.send(
    new PutTargetsCommand({
      Rule: name,
      EventBusName: stack.busName,
      Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn ?? '' }],
    }),
  );
  const seen: BusEventSeen[] = [];
  const refusals: Refusal[] = [];

  const drain = async (): Promise<void> => {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return;
      for (const { Body = '' } of Messages) {
        const event = eventSchema.parse(JSON.parse(Body));
        const { detail } = event;
        if ('jobId' in detail) seen.push({ ...event, detail });
        else refusals.push(detail);
      }
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
    async refusalsOf(eventId) {
      await drain();
      return refusals.filter((refusal) => refusal.eventId === eventId);
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
