import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import type { CommandType } from '../../core/contract/bus-commands.ts';
import { type BusListener, listenToBus } from './support/bus-listener.ts';
import { eventually } from './support/eventually.ts';
import { JobsApi } from './support/jobs-api.ts';
import { localAws } from './support/local-aws.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const aws = localAws(stack);

/** What this repository's stack registers: `web:submitter` and `web:worker`. */
const CI = 'com.example.ci';

const WITHIN_MS = 20_000;

let bus: BusListener;

beforeAll(async () => {
  bus = await listenToBus(stack, 'commands-test');
});
afterAll(() => bus.stop());

/** Puts a command on the bus as a sender does, and returns the id of its event. */
async function send(type: CommandType, detail: object, source = CI): Promise<string> {
  const { Entries } = await aws.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: stack.busName,
          Source: source,
          DetailType: type,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  return z.string().parse(Entries?.[0]?.EventId);
}

const spec = (label: string, ops: readonly object[], project = 'web') => ({
  name: 'by-event',
  project,
  labels: { test: label },
  ops,
});

const labelled = (label: string) => api.jobs(`label=${encodeURIComponent(`test:${label}`)}`);

async function onlyJob(label: string) {
  const [job, ...others] = await eventually(`a job ${label}`, WITHIN_MS, async () => {
    const found = await labelled(label);
    return found.length === 0 ? null : found;
  });
  expect(others).toEqual([]);
  if (job === undefined) throw new Error('there is no job');
  return job;
}

async function refusalOf(eventId: string) {
  return eventually(`a refusal of ${eventId}`, WITHIN_MS, async () => {
    const [refusal] = await bus.refusalsOf(eventId);
    return refusal ?? null;
  });
}

const letterSchema = z.object({
  sender: z.string(),
  refusal: z.looseObject({ code: z.string() }),
  event: z.looseObject({ id: z.string() }),
});

/** The dead letter of a command; others' letters are left for others. */
async function letterOf(eventId: string) {
  const QueueUrl = stack.outputs['Jobplane']?.['RefusedCommands'];
  return eventually(`a dead letter of ${eventId}`, WITHIN_MS, async () => {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
    );
    const found = Messages.find(({ Body = '' }) => Body.includes(eventId));
    if (found === undefined) return null;
    await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found.ReceiptHandle }));
    return letterSchema.parse(JSON.parse(found.Body ?? ''));
  });
}

const WORK = [{ name: 'rack', action: 'manual-work', input: { slot: 12 } }];

describe('a registered sender', () => {
  test('submits one job however often it says so, completes its op, and hears of it on the bus', async () => {
    const command = { idempotencyId: 'build-7', spec: spec('sender-works', WORK) };
    await Promise.all([send('Submit Job', command), send('Submit Job', command)]);
    await send('Submit Job', command);
    const { id } = await onlyJob('sender-works');
    await api.opIs(id, 0, 'running');
    const ready = await eventually('Op Ready', WITHIN_MS, async () => {
      const found = await bus.eventsOf(id);
      return found.find((event) => event['detail-type'] === 'Op Ready') ?? null;
    });
    const { jobId, attempt } = ready.detail;
    const completion = { jobId, attempt, op: 0, try: 1, result: { slot: 12 } };
    const sent = [await send('Complete Op', completion), await send('Complete Op', completion)];
    expect(await api.settled(id)).toMatchObject({ status: 'COMPLETED_OK', owner: 'sender:ci' });
    const done = (await api.journal(id)).find(({ to }) => to === 'success');
    expect(done?.actor).toBe('sender:ci');
    expect(await labelled('sender-works')).toHaveLength(1);
    for (const eventId of sent) expect(await bus.refusalsOf(eventId)).toEqual([]);
  });

  test('fails the op of a worker, and cancels what it submitted itself', async () => {
    await send('Submit Job', { spec: spec('sender-fails', WORK) });
    await send('Submit Job', { spec: spec('sender-cancels', WORK) });
    const failing = await onlyJob('sender-fails');
    const canceled = await onlyJob('sender-cancels');
    await api.opIs(failing.id, 0, 'running');
    const error = { code: 'NoSlot', message: 'the rack is full' };
    await send('Fail Op', { jobId: failing.id, op: 0, attempt: 1, try: 1, error });
    await send('Cancel Job', { jobId: canceled.id, reason: 'superseded' });
    expect(await api.settled(failing.id)).toMatchObject({ status: 'FAILED', error: { code: 'NoSlot' } });
    expect(await api.settled(canceled.id)).toMatchObject({
      cancel: { actor: 'sender:ci', reason: 'superseded' },
    });
  });

  test('is refused what its groups do not permit, on the bus and as a dead letter', async () => {
    const id = await api.submit(WORK);
    await api.opIs(id, 0, 'running');
    const cancel = await send('Cancel Job', { jobId: id });
    const submit = await send('Submit Job', { spec: spec('sender-refused', WORK, 'media') });
    expect(await refusalOf(cancel)).toMatchObject({
      command: 'Cancel Job',
      sender: 'ci',
      code: 'Forbidden',
      project: 'web',
    });
    expect(await refusalOf(submit)).toMatchObject({ code: 'Forbidden', project: 'media' });
    expect(await letterOf(cancel)).toMatchObject({
      sender: 'ci',
      refusal: { code: 'Forbidden' },
      event: { id: cancel, source: CI, detail: { jobId: id } },
    });
    expect((await api.job(id)).status).toBe('RUNNING');
    await api.command(id, 'cancel');
  });
});

describe('whoever is not registered', () => {
  test('changes nothing and gets no answer, by whatever source', async () => {
    const id = await api.submit(WORK);
    await api.opIs(id, 0, 'running');
    const sent: string[] = [];
    for (const source of ['com.example.other', 'jobplane']) {
      sent.push(await send('Submit Job', { spec: spec('stranger', WORK) }, source));
      sent.push(await send('Cancel Job', { jobId: id }, source));
      sent.push(await send('Complete Op', { jobId: id, op: 0, attempt: 1, try: 1 }, source));
    }
    // What comes after them and is answered: by then they have been looked at.
    await refusalOf(await send('Cancel Job', { jobId: id }));
    expect(await labelled('stranger')).toEqual([]);
    expect((await api.job(id)).status).toBe('RUNNING');
    for (const eventId of sent) expect(await bus.refusalsOf(eventId)).toEqual([]);
    await api.command(id, 'cancel');
  });
});
