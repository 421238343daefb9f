import '../api/entry-environment.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sender } from '../../../core/access/sender.ts';
import type { CommandType } from '../../../core/contract/bus-commands.ts';
import { EVENT_DETAILS } from '../../../core/contract/event-details.ts';
import { LIMITS } from '../../../core/contract/limits.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { RefusedCommand } from '../../../core/ports/refused-commands.ts';
import { commandHandler } from '../../../functions/events/on-command.lambda.ts';
import { ApiBench, CONTEXT, SPEC, type User } from '../api/api-bench.ts';
import { metricsOf, type SeenMetric } from './metrics-of.ts';

const ACCOUNT = '111111111111';

const SENDERS: readonly Sender[] = [
  { name: 'ci', account: ACCOUNT, source: 'com.example.ci', groups: ['web:submitter', 'web:worker'] },
  { name: 'ops', account: ACCOUNT, source: 'com.example.ops', groups: ['web:operator'] },
  { name: 'watch', account: ACCOUNT, source: 'com.example.watch', groups: ['web:viewer'] },
  { name: 'media', account: '222222222222', source: 'com.example.ci', groups: ['media:admin'] },
];

const CI = { account: ACCOUNT, source: 'com.example.ci' };
const OPS = { account: ACCOUNT, source: 'com.example.ops' };
const WATCH = { account: ACCOUNT, source: 'com.example.watch' };
const MEDIA = { account: '222222222222', source: 'com.example.ci' };

type Origin = typeof CI;

const ONE_OP = { ...SPEC, ops: [SPEC.ops[0]] };

class CommandBench extends ApiBench {
  readonly refused: RefusedCommand[] = [];
  readonly counted: SeenMetric[] = [];
  readonly #handle = commandHandler({
    ...this.deps,
    senders: SENDERS,
    refusedCommands: {
      tell: async (refused) => {
        EVENT_DETAILS['Command Refused'].parse(refused.told);
        this.refused.push(refused);
      },
    },
  });
  #events = 0;

  /** Sends a command as the bus delivers it, with an id of its own unless one is given. */
  async send(type: CommandType, detail: unknown, from: Origin = CI, id?: string): Promise<void> {
    this.#events += 1;
    const event = {
      version: '0',
      id: id ?? `event-${this.#events}`,
      'detail-type': type,
      time: '2026-11-01T08:00:00Z',
      region: 'eu-central-1',
      resources: [],
      ...from,
      detail,
    };
    this.counted.push(...(await metricsOf(() => this.#handle(event, CONTEXT))));
  }

  /** Sends a command that must be refused, and returns what the bus is told; nothing may have been written. */
  async refusalOf(type: CommandType, detail: unknown, from: Origin = CI) {
    const before = await this.stored();
    await this.send(type, detail, from);
    expect(await this.stored()).toBe(before);
    const [refused, ...others] = this.refused.splice(0);
    expect(others).toEqual([]);
    return refused?.told;
  }

  /** A job whose op waits for a worker. */
  async ready(as: User = 'admin'): Promise<JobId> {
    const id = await this.submit(ONE_OP, as);
    await this.perform(id, 0);
    return id;
  }

  onlyJob() {
    const [job, ...others] = this.store.heads();
    expect(others).toEqual([]);
    if (job === undefined) throw new Error('there is no job');
    return job;
  }
}

let bench: CommandBench;

beforeEach(() => {
  bench = new CommandBench();
});

const ERROR = { code: 'Broken', message: 'it broke' };

describe('an op that a person is to do', () => {
  const spec = { name: 'release', project: 'web', ops: [{ name: 'sign', action: 'sign' }] };

  it.each([
    ['Complete Op', {}],
    ['Fail Op', { error: ERROR }],
  ] as const)('takes %s of who may operate and not of a worker, as the API does', async (command, rest) => {
    bench = new CommandBench({ catalog: new Map([['sign', { kind: 'manual' }]]) });
    const jobId = await bench.submit(spec);
    await bench.perform(jobId, 0);
    const detail = { jobId, op: 0, attempt: 1, try: 1, ...rest };
    expect(await bench.refusalOf(command, detail)).toMatchObject({ code: 'Forbidden', sender: 'ci' });
    await bench.send(command, detail, OPS);
    expect(bench.refused).toEqual([]);
  });
});

describe('Submit Job', () => {
  it('makes a job that shows who sent it', async () => {
    await bench.send('Submit Job', { spec: SPEC });
    const job = bench.onlyJob();
    expect(job).toMatchObject({ project: 'web', owner: 'sender:ci' });
    expect(bench.store.journal(job.id).at(0)).toMatchObject({ actor: 'sender:ci', to: 'QUEUED' });
    expect(bench.refused).toEqual([]);
  });

  it('makes one job of an event that the bus delivers twice', async () => {
    await bench.send('Submit Job', { spec: SPEC }, CI, 'the-event');
    await bench.send('Submit Job', { spec: SPEC }, CI, 'the-event');
    bench.onlyJob();
    await bench.send('Submit Job', { spec: SPEC }, CI, 'another-event');
    expect(bench.store.heads()).toHaveLength(2);
    expect(bench.refused).toEqual([]);
  });

  it('makes one job of two events with the same idempotencyId, and refuses another job under it', async () => {
    const first = { spec: SPEC, idempotencyId: 'build-7' };
    await bench.send('Submit Job', first);
    await bench.send('Submit Job', first);
    bench.onlyJob();
    const other = { ...first, spec: { ...SPEC, name: 'another' } };
    expect(await bench.refusalOf('Submit Job', other)).toMatchObject({
      code: 'IdempotencyKeyReused',
      project: 'web',
    });
    // What one sender made up is nothing to another.
    await bench.send('Submit Job', other, OPS);
    expect(bench.store.heads()).toHaveLength(2);
  });

  it.each([
    ['a sender without the permission', WATCH, SPEC, { code: 'Forbidden', project: 'web', sender: 'watch' }],
    ['a project of others', CI, { ...SPEC, project: 'media' }, { code: 'Forbidden', project: 'media' }],
    ['the source of another account', MEDIA, SPEC, { code: 'Forbidden', sender: 'media' }],
    ['an unknown action', CI, { ...SPEC, ops: [{ name: 'x', action: 'nope' }] }, { code: 'UnknownAction' }],
    ['an unknown key', CI, { ...SPEC, nope: 1 }, { code: 'UnknownKey' }],
  ])('is refused for %s', async (_what, from, spec, expected) => {
    expect(await bench.refusalOf('Submit Job', { spec }, from)).toMatchObject({
      command: 'Submit Job',
      eventId: expect.stringMatching(/^event-/),
      ...expected,
    });
  });
});

describe('Cancel Job', () => {
  it('cancels a job of the sender’s own, and once', async () => {
    await bench.send('Submit Job', { spec: ONE_OP });
    const { id: jobId } = bench.onlyJob();
    await bench.perform(jobId, 0);
    await bench.send('Cancel Job', { jobId, reason: 'superseded' });
    expect(bench.onlyJob()).toMatchObject({ cancel: { actor: 'sender:ci', reason: 'superseded' } });
    const canceled = await bench.stored();
    await bench.send('Cancel Job', { jobId, reason: 'superseded' });
    expect(await bench.stored()).toBe(canceled);
    expect(bench.refused).toEqual([]);
  });

  it('that comes twice for a job that waited is no refusal either', async () => {
    await bench.send('Submit Job', { spec: { ...ONE_OP, hold: true } });
    const { id: jobId } = bench.onlyJob();
    await bench.send('Cancel Job', { jobId });
    expect(bench.onlyJob()).toMatchObject({ status: 'CANCELED_BEFORE_START' });
    await bench.send('Cancel Job', { jobId });
    expect(bench.refused).toEqual([]);
  });

  it('needs job.cancel on the jobs of others, and job.operate by force', async () => {
    const jobId = await bench.ready();
    expect(await bench.refusalOf('Cancel Job', { jobId })).toMatchObject({
      code: 'Forbidden',
      project: 'web',
    });
    await bench.send('Submit Job', { spec: ONE_OP });
    const own = bench.store.heads().find(({ owner }) => owner === 'sender:ci')?.id;
    expect(await bench.refusalOf('Cancel Job', { jobId: own, force: true })).toMatchObject({
      code: 'Forbidden',
    });
    await bench.send('Cancel Job', { jobId, force: true }, OPS);
    expect(await bench.store.readJob(jobId)).toMatchObject({ status: 'CANCELED_WHILE_RUNNING' });
  });

  it('of a job that has ended is refused with the reason', async () => {
    const jobId = await bench.completedJob(ONE_OP);
    expect(await bench.refusalOf('Cancel Job', { jobId }, OPS)).toMatchObject({
      code: 'CommandRefused',
      detail: expect.stringContaining('COMPLETED_OK'),
      project: 'web',
    });
  });
});

describe.each([
  ['Complete Op', { result: { file: 'b.mp4' } }, 'success'],
  ['Fail Op', { error: ERROR }, 'tried'],
] as const)('%s', (type, outcome, status) => {
  const named = (jobId: string) => ({ jobId, op: 0, attempt: 1, try: 1, ...outcome });

  it('settles the try, and a repeat changes nothing', async () => {
    const jobId = await bench.ready();
    await bench.send(type, named(jobId));
    const [op] = await bench.store.readSomeOps(jobId, 1, [0]);
    expect(op).toMatchObject({ status });
    expect(bench.store.journal(jobId).at(-1)).toMatchObject({ kind: 'op', actor: 'sender:ci' });
    const done = await bench.stored();
    await bench.send(type, named(jobId));
    expect(await bench.stored()).toBe(done);
    expect(bench.refused).toEqual([]);
  });

  it('needs job.work', async () => {
    const jobId = await bench.ready();
    expect(await bench.refusalOf(type, named(jobId), OPS)).toMatchObject({
      code: 'Forbidden',
      sender: 'ops',
    });
  });

  it('is refused for a try that was never made', async () => {
    const jobId = await bench.ready();
    expect(await bench.refusalOf(type, { ...named(jobId), try: 2 })).toMatchObject({
      code: 'OpNotStarted',
      project: 'web',
    });
  });
});

describe('a job that the sender may not see', () => {
  const commands = [
    ['Cancel Job', {}],
    ['Complete Op', { op: 0, attempt: 1, try: 1 }],
    ['Fail Op', { op: 0, attempt: 1, try: 1, error: ERROR }],
  ] as const;

  it.each(commands)('is to %s as one that does not exist', async (type, rest) => {
    const foreign = await bench.ready();
    const unknown = await bench.refusalOf(type, { jobId: '01JZZZZZZZZZZZZZZZZZZZZZZZ', ...rest }, MEDIA);
    const refused = await bench.refusalOf(type, { jobId: foreign, ...rest }, MEDIA);
    expect(refused).toEqual({ ...unknown, eventId: refused?.eventId });
    expect(refused).toMatchObject({ code: 'JobNotFound' });
    expect(refused).not.toHaveProperty('project');
    expect(JSON.stringify(refused)).not.toContain(foreign);
  });
});

describe('whoever is not registered', () => {
  const ORIGINS: readonly (readonly [string, Origin])[] = [
    ['an unknown source', { account: ACCOUNT, source: 'com.example.other' }],
    ['a known source of an unknown account', { account: '333333333333', source: 'com.example.ci' }],
    ['the source of another sender', { account: '222222222222', source: 'com.example.ops' }],
    ['Jobplane’s own source', { account: ACCOUNT, source: 'jobplane' }],
  ];

  it.each(ORIGINS)('by %s changes nothing, is counted, and gets no answer', async (_what, from) => {
    const jobId = await bench.ready();
    const before = await bench.stored();
    await bench.send('Submit Job', { spec: SPEC }, from);
    await bench.send('Cancel Job', { jobId }, from);
    await bench.send('Complete Op', { jobId, op: 0, attempt: 1, try: 1 }, from);
    await bench.send('Fail Op', { jobId, op: 0, attempt: 1, try: 1, error: ERROR }, from);
    expect(await bench.stored()).toBe(before);
    expect(bench.refused).toEqual([]);
    expect(bench.counted).toEqual(
      Array(4).fill({ name: 'CommandsFromUnknownSenders', value: 1, unit: 'Count' }),
    );
  });

  it('may not name Jobplane’s own source even where somebody registered it', async () => {
    const handle = commandHandler({
      ...bench.deps,
      senders: [{ name: 'evil', account: ACCOUNT, source: 'jobplane', groups: ['*:admin'] }],
      refusedCommands: { tell: async () => {} },
    });
    const event = { id: 'x', account: ACCOUNT, source: 'jobplane', 'detail-type': 'Submit Job' };
    await metricsOf(() => handle({ ...event, detail: { spec: SPEC } }, CONTEXT));
    expect(bench.store.heads()).toEqual([]);
  });
});

describe('a detail that is garbage', () => {
  const deep = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`);
  const GARBAGE: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'WrongType'],
    ['null', null, 'WrongType'],
    ['a text', 'spec', 'WrongType'],
    ['a list', [], 'WrongType'],
    ['an empty object', {}, 'WrongType'],
    ['too deep', deep, 'TooDeep'],
    ['too large', { spec: 'x'.repeat(LIMITS.specBytes) }, 'SpecTooLarge'],
  ];
  const TYPES: readonly CommandType[] = ['Submit Job', 'Cancel Job', 'Complete Op', 'Fail Op'];

  it.each(
    GARBAGE.flatMap(([what, detail, code]) => TYPES.map((type) => [what, type, detail, code] as const)),
  )('(%s) of %s is refused, and told of in full to those who operate', async (_what, type, detail, code) => {
    await bench.send(type, detail);
    expect(bench.store.heads()).toEqual([]);
    expect(bench.refused).toHaveLength(1);
    const [refused] = bench.refused;
    expect(refused?.told).toMatchObject({ command: type, sender: 'ci' });
    expect([code, 'InvalidInput']).toContain(refused?.told.code);
    expect(refused?.event).toMatchObject({ 'detail-type': type, ...CI });
  });
});

describe('a command that fails for a reason of ours', () => {
  it('is thrown, so that it is delivered again, and told to nobody', async () => {
    const jobId = await bench.ready();
    const commit = bench.store.commit.bind(bench.store);
    bench.store.commit = async () => {
      throw new Error('throttled');
    };
    const command = { jobId, op: 0, attempt: 1, try: 1 };
    await expect(bench.send('Complete Op', command)).rejects.toThrow('throttled');
    await expect(bench.send('Submit Job', { spec: SPEC }, CI, 'again')).rejects.toThrow('throttled');
    expect(bench.refused).toEqual([]);
    bench.store.commit = commit;
    await bench.send('Complete Op', command);
    await bench.send('Submit Job', { spec: SPEC }, CI, 'again');
    expect(bench.store.heads()).toHaveLength(2);
    expect(bench.refused).toEqual([]);
  });
});

describe('commands', () => {
  it('are counted', async () => {
    await bench.send('Submit Job', { spec: SPEC });
    await bench.send('Submit Job', { spec: SPEC }, WATCH);
    expect(bench.counted.map(({ name }) => name)).toEqual(['CommandsTaken', 'CommandsRefused']);
  });
});
