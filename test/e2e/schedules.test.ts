import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { scheduleShapeSchema } from '../../core/contract/api/schedule-shape.ts';
import { scheduleListSchema } from '../../core/contract/api/schedules.ts';
import { eventually } from './support/eventually.ts';
import { codeOf, JobsApi } from './support/jobs-api.ts';
import { functionName, localAws } from './support/local-aws.ts';

const stack = inject('stack');
const api = new JobsApi(stack);
const admin = api.as('admin');

const MINUTE_MS = 60_000;

/** Up to a minute until the next one begins, and as much as it may be late. */
const NEXT_MINUTE_MS = 90_000;

const say = { name: 'say', action: 'log', input: { message: 'x' } };
const work = { name: 'work', action: 'manual-work' };
const jobOf = (name: string, ops: readonly object[] = [say]) => ({ name, ops });

/** A minute from now on, at least so many seconds ahead. */
const minuteIn = (seconds: number) =>
  new Date(Math.ceil((Date.now() + seconds * 1_000) / MINUTE_MS) * MINUTE_MS);

/** What a clock of this zone shows then, as a cron expression of each day. */
function dailyAt(moment: Date, zone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const [hour, minute] = clock.format(moment).split(':').map(Number);
  return `cron(${minute} ${hour} * * ? *)`;
}

async function make(body: Readonly<Record<string, unknown>>) {
  const answer = await api.call('POST', '/schedules', { project: 'web', ...body });
  expect([answer.status, answer.headers.get('location')], JSON.stringify(answer.body)).toEqual([
    201,
    expect.stringMatching(/^\/schedules\/[0-9A-Z]{26}$/),
  ]);
  return scheduleShapeSchema.parse(answer.body);
}

const read = async (id: string) =>
  scheduleShapeSchema.parse((await api.call('GET', `/schedules/${id}`)).body);

async function jobsNamed(name: string): Promise<readonly string[]> {
  return (await api.jobs('')).flatMap((job) => (job.name === name ? [job.id] : []));
}

/** The function that the Scheduler calls, called as it calls it. */
async function fire(scheduleId: string, version: number, at: Date): Promise<void> {
  const Payload = JSON.stringify({
    scheduleId,
    version,
    scheduledTime: at.toISOString().replace('.000Z', 'Z'),
  });
  const FunctionName = await functionName(stack, 'run-schedule');
  const answer = await localAws(stack).lambda.send(new InvokeCommand({ FunctionName, Payload }));
  if (answer.FunctionError !== undefined) throw new Error(new TextDecoder().decode(answer.Payload));
}

describe('recurring schedules', () => {
  // Their minutes are one and the same, so that waiting for it is shared.
  test('fire in their time zone, follow an edit, and do not fire disabled or removed', {
    timeout: 240_000,
  }, async () => {
    const first = minuteIn(20);
    const second = new Date(first.getTime() + MINUTE_MS);
    const zone = 'Asia/Kathmandu';
    const cron = (moment: Date) => ({ expression: dailyAt(moment, zone), timezone: zone });

    const fires = await make({ name: 'fires', ...cron(first), job: jobOf('e2e-fires') });
    const moved = await make({ name: 'moved', ...cron(first), job: jobOf('e2e-moved') });
    const off = await make({ name: 'off', ...cron(first), job: jobOf('e2e-off') });
    const gone = await make({ name: 'gone', ...cron(first), job: jobOf('e2e-gone') });
    const rate = await make({ name: 'rate', expression: 'rate(1 minute)', job: jobOf('e2e-rate') });
    expect(fires.nextRuns).toHaveLength(10);
    expect(fires.nextRuns[0]).toBe(first.toISOString());

    const edit = { name: 'moved', ...cron(second), job: jobOf('e2e-moved'), version: moved.version };
    expect((await api.call('PUT', `/schedules/${moved.id}`, edit)).body).toMatchObject({ version: 2 });
    const stale = await api.call('PUT', `/schedules/${moved.id}`, edit);
    expect([stale.status, codeOf(stale)]).toEqual([409, 'ScheduleChanged']);
    const disable = { name: 'off', ...cron(first), job: jobOf('e2e-off'), enabled: false };
    expect((await api.call('PUT', `/schedules/${off.id}`, disable)).body).toMatchObject({ nextRuns: [] });
    expect((await api.call('DELETE', `/schedules/${gone.id}`)).status).toBe(204);
    expect((await api.call('GET', `/schedules/${gone.id}`)).status).toBe(404);

    const ran = await eventually('the first schedule has run', NEXT_MINUTE_MS, async () => {
      const schedule = await read(fires.id);
      return schedule.lastJob === undefined ? null : schedule;
    });
    expect(ran.lastRun).toMatchObject({
      at: first.toISOString(),
      outcome: 'started',
      jobId: ran.lastJob?.id,
    });
    const job = await api.settled(ran.lastJob?.id ?? '');
    expect(job).toMatchObject({ status: 'COMPLETED_OK', origin: 'schedule', owner: fires.owner });
    expect((await api.journal(job.id))[0]?.message).toContain(`submitted by schedule fires (${fires.id})`);
    expect(await jobsNamed('e2e-moved')).toEqual([]);

    // The Scheduler's firing once more, and another time: a doubled one makes no second job.
    await Promise.all([fire(fires.id, 1, first), fire(fires.id, 1, first)]);
    expect(await jobsNamed('e2e-fires')).toEqual([job.id]);
    expect((await read(fires.id)).runs).toMatchObject([{ at: first.toISOString(), outcome: 'started' }]);

    // A rate counts from when it was made, in whole minutes.
    await eventually('the edited schedule and the rate have run', NEXT_MINUTE_MS, async () => {
      const [edited, steady] = await Promise.all([read(moved.id), read(rate.id)]);
      return edited.lastRun === undefined || steady.lastRun === undefined ? null : edited;
    });
    expect((await read(moved.id)).runs).toMatchObject([{ at: second.toISOString(), outcome: 'started' }]);
    expect(new Date((await read(rate.id)).runs?.[0]?.at ?? 0).getUTCSeconds()).toBe(0);
    expect(await jobsNamed('e2e-off')).toEqual([]);
    expect(await jobsNamed('e2e-gone')).toEqual([]);
    expect((await read(off.id)).runs).toEqual([]);
    await Promise.all([rate, fires, moved].map(({ id }) => api.call('DELETE', `/schedules/${id}`)));
  });

  test('skip, queue and cancel what overlaps, when somebody wants them now', async () => {
    const far = { expression: 'cron(0 0 1 1 ? *)' };
    const runNow = (id: string) => api.call('POST', `/schedules/${id}/run`);
    const jobIn = (answer: { body: unknown }) => z.looseObject({ id: z.string() }).parse(answer.body).id;

    const skip = await make({ name: 'skip', ...far, job: jobOf('e2e-skip', [work]) });
    const first = jobIn(await runNow(skip.id));
    const refused = await runNow(skip.id);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'ScheduleRunning']);
    await api.command(first, 'cancel');

    const queue = await make({ name: 'queue', ...far, overlap: 'queue', job: jobOf('e2e-queue', [work]) });
    const [older, newer] = [jobIn(await runNow(queue.id)), jobIn(await runNow(queue.id))];
    expect(await api.job(newer)).toMatchObject({ status: 'WAITING_DEPENDENCY' });
    await api.command(older, 'cancel');
    await api.opIs(newer, 0, 'running');
    await api.command(newer, 'cancel');

    const replace = await make({
      name: 'replace',
      ...far,
      overlap: 'cancelOld',
      job: jobOf('e2e-replace', [work]),
    });
    const old = jobIn(await runNow(replace.id));
    await api.opIs(old, 0, 'running');
    const fresh = jobIn(await runNow(replace.id));
    expect(await api.settled(old)).toMatchObject({ status: 'CANCELED_WHILE_RUNNING' });
    await api.opIs(fresh, 0, 'running');
    await api.command(fresh, 'cancel');
  });

  test('are of one project, and refused where their job could never run', async () => {
    const made = await make({ name: 'mine', expression: 'rate(1 day)', job: jobOf('e2e-mine') });
    const other = api.as('other');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/run'],
      ['PUT', ''],
    ] as const) {
      const answer = await other.call(
        method,
        `/schedules/${made.id}${path}`,
        method === 'PUT' ? {} : undefined,
      );
      expect([answer.status, codeOf(answer)]).toEqual([404, 'ScheduleNotFound']);
    }
    const viewer = await api.as('viewer').call('DELETE', `/schedules/${made.id}`);
    expect([viewer.status, codeOf(viewer)]).toEqual([403, 'Forbidden']);
    const listed = scheduleListSchema.parse(
      (await admin.call('GET', '/schedules?project=web&limit=100')).body,
    );
    expect(listed.items.map(({ id }) => id)).toContain(made.id);

    const bad = await api.call('POST', '/schedules', {
      project: 'web',
      name: 'bad',
      expression: 'cron(0 3 * * * *)',
      timezone: 'Mars/Base',
      job: jobOf('e2e-bad'),
    });
    expect(bad).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'InvalidScheduleExpression' }, { code: 'UnknownTimeZone' }] },
    });
    const nowhere = await api.call('POST', '/schedules', {
      project: 'web',
      name: 'nowhere',
      expression: 'rate(1 day)',
      job: jobOf('e2e-nowhere', [{ name: 'x', action: 'nowhere' }]),
    });
    expect(nowhere).toMatchObject({
      status: 400,
      body: { code: 'UnknownAction', errors: [{ path: 'job.ops.0.action' }] },
    });
    await api.call('DELETE', `/schedules/${made.id}`);
  });
});
