import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAUNCHER, REQUIREMENTS } from '../../local/emulator.ts';
import { pythonEnvironment } from '../../local/python-environment.ts';
import type { CheckSet } from './check.ts';
import { alarms } from './checks/alarms.ts';
import { eventBuses } from './checks/event-buses.ts';
import { httpApi } from './checks/http-api.ts';
import { lambda } from './checks/lambda.ts';
import { lambdaAsync } from './checks/lambda-async.ts';
import { persistence } from './checks/persistence.ts';
import { scheduler } from './checks/scheduler.ts';
import { stepFunctionsExecutions } from './checks/step-functions-executions.ts';
import { stepFunctionsTasks } from './checks/step-functions-tasks.ts';
import { streams } from './checks/streams.ts';
import { type Lab, openLab } from './lab.ts';

/**
 * EMULATOR_WITHOUT leaves corrections out, by name or `all`. Then only their checks run, and each must fail:
 * that is the proof that the correction is needed.
 */
const WITHOUT = (process.env['EMULATOR_WITHOUT'] ?? '').split(',').filter((name) => name !== '');
/** By itself for the slow ones to pass; whoever leaves corrections out has them fail. */
const IS_PROOF = process.env['EMULATOR_PROOF'] === 'true' || WITHOUT.length > 0;
const LIVE = [
  stepFunctionsExecutions,
  stepFunctionsTasks,
  lambda,
  lambdaAsync,
  streams,
  eventBuses,
  alarms,
  httpApi,
  scheduler,
];
const SETS = [...LIVE, persistence];
const OPEN_LIMIT_MS = 120_000;
/** A schedule that fires each minute is seen to fire twice. */
const CHECK_LIMIT_MS = 100_000;

let lab: Lab;

beforeAll(async () => {
  const functions = SETS.flatMap((set) => set.functions);
  lab = await openLab(functions, Object.assign({}, ...SETS.map((set) => set.resources)), WITHOUT);
}, OPEN_LIMIT_MS);

afterAll(() => lab.close());

describe('the local AWS', () => {
  LIVE.forEach(register);
});

describe('the local AWS after a crash', () => {
  register(persistence);
});

describe('the corrections', () => {
  it('each have a check', async () => {
    const python = await pythonEnvironment(REQUIREMENTS);
    const { stdout } = await promisify(execFile)(python, [LAUNCHER, '--list']);
    const checked = new Set(SETS.flatMap((set) => set.checks).flatMap((check) => check.correction ?? []));
    expect([...checked].sort()).toEqual(stdout.trim().split('\n').sort());
  });
});

function register({ checks }: CheckSet): void {
  for (const check of checks) {
    const { correction = 'MiniStack itself' } = check;
    const leftOut =
      WITHOUT.includes(correction) || (WITHOUT.includes('all') && check.correction !== undefined);
    const options = {
      concurrent: true,
      timeout: CHECK_LIMIT_MS,
      fails: leftOut,
      skip: (WITHOUT.length > 0 && !leftOut) || (check.isSlow === true && !IS_PROOF),
    };
    it(`${correction}: ${check.name}`, options, () => check.run(lab));
  }
}
