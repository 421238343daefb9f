import { describe, expect, it } from 'vitest';
import { fakeApi, type Received, type Reply } from './fake-api.ts';
import { run } from './fake-terminal.ts';
import { endedJob, ID, sampleEntry, sampleJob, sampleOp } from './samples.ts';

/** What the API shows of a job at one time; the next is shown once somebody has read the job. */
interface Moment {
  readonly job: ReturnType<typeof sampleJob>;
  readonly ops?: readonly unknown[];
  readonly entries: number;
}

/** An API whose job goes on each time that it is read. */
async function apiOf(moments: readonly Moment[]) {
  let now = 0;
  return fakeApi(({ path, query }: Received): Reply => {
    const moment = moments[Math.min(now, moments.length - 1)];
    if (moment === undefined) return { status: 404 };
    if (path.endsWith('/log')) {
      const after = Number(query.get('newerThan'));
      const serials = Array.from({ length: moment.entries }, (_, index) => index + 1);
      const items = serials
        .filter((serial) => serial > after)
        .map((serial) => sampleEntry(serial, `line ${serial}`));
      return { status: 200, body: { items } };
    }
    if (path.endsWith('/ops')) return { status: 200, body: { items: moment.ops ?? [] } };
    now += 1;
    return { status: 200, body: moment.job };
  });
}

const RUNNING: Moment = {
  job: sampleJob(),
  entries: 2,
  ops: [sampleOp(0, 'success'), sampleOp(1, 'running')],
};
const TRAPPED: Moment = {
  job: sampleJob({ status: 'TRAPPED', trap: { op: 1, since: '2026-11-23T15:58:00Z' } }),
  ops: [sampleOp(0, 'success'), sampleOp(1, 'waiting')],
  entries: 3,
};

function ended(status: Parameters<typeof endedJob>[0]): Moment {
  return { job: endedJob(status), ops: [sampleOp(0, 'success'), sampleOp(1, 'success')], entries: 4 };
}

describe('watch', () => {
  it.each([
    ['COMPLETED_OK', 0],
    ['COMPLETED_WITH_WARNINGS', 0],
    ['COMPLETED_WITH_ERROR', 1],
    ['FAILED', 1],
    ['CANCELED_WHILE_RUNNING', 1],
    ['EXPIRED', 1],
    ['REJECTED', 1],
    ['ROLLED_BACK', 1],
  ] as const)('ends with the job: %s with %i', async (status, exitCode) => {
    const api = await apiOf([RUNNING, ended(status)]);
    expect(await run(['watch', ID], api)).toMatchObject({ exitCode });
  });

  it.each([
    ['TRAPPED', 0, 'TRAPPED'],
    ['PAUSED', 1, 'COMPLETED_OK'],
  ])('until %s ends with %i, at %s', async (until, exitCode, status) => {
    const api = await apiOf([RUNNING, TRAPPED, ended('COMPLETED_OK')]);
    const ran = await run(['watch', ID, '--until', until, '-o', 'table'], api);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.out).toMatch(new RegExp(`Status +${status}`));
  });

  it('prints each entry once, in order, when piped', async () => {
    const api = await apiOf([RUNNING, TRAPPED, ended('COMPLETED_OK')]);
    const { out } = await run(['watch', ID], api);
    expect(out.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
    expect(out).toMatch(/Status +COMPLETED_OK/);
  });

  it('asks to be told, and not again and again', async () => {
    const api = await apiOf([RUNNING, TRAPPED, ended('COMPLETED_OK')]);
    await run(['watch', ID], api);
    const waits = api.received
      .filter(({ path }) => path.endsWith('/log'))
      .map(({ query }) => query.get('wait'));
    expect(waits).toEqual(['0', '20', '20', '0']);
  });

  it('draws a live list on a terminal, and the job below it', async () => {
    const api = await apiOf([RUNNING, TRAPPED, ended('COMPLETED_OK')]);
    const { out, exitCode } = await run(['watch', ID], api, { isTTY: true, columns: 100 });
    expect(exitCode).toBe(0);
    expect(out).not.toMatch('line 1');
    expect(out).toMatch('COMPLETED_OK');
  });

  it('follows a submission to its end', async () => {
    const api = await fakeApi(({ method, path }) => {
      if (method === 'POST') return { status: 201, body: sampleJob() };
      return { status: 200, body: path.endsWith('/log') ? { items: [] } : endedJob('FAILED') };
    });
    const ran = await run(['submit', '-', '--watch'], api, { stdin: '{"name": "release"}' });
    expect(ran.exitCode).toBe(1);
    expect(ran.err).toMatch(`release (${ID}) is RUNNING`);
  });
});

describe('log', () => {
  it('shows all pages of the journal', async () => {
    const api = await apiOf([{ job: sampleJob(), entries: 3 }]);
    const { out } = await run(['log', ID], api);
    expect(out.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3']);
  });

  it('shows what is newer than a serial', async () => {
    const api = await apiOf([{ job: sampleJob(), entries: 3 }]);
    const { out } = await run(['log', ID, '--newer-than', '2'], api);
    expect(out.match(/line \d/g)).toEqual(['line 3']);
  });

  it('follows until the job has ended, and then ends well, however the job did', async () => {
    const api = await apiOf([RUNNING, ended('FAILED')]);
    const ran = await run(['log', ID, '--follow'], api);
    expect(ran.exitCode).toBe(0);
    expect(ran.out.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
  });

  it('is a JSON text a line with --output json', async () => {
    const api = await apiOf([{ job: sampleJob(), entries: 2 }]);
    const { out } = await run(['log', ID, '-o', 'json'], api);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([sampleEntry(1, 'line 1'), sampleEntry(2, 'line 2')]);
  });
});
