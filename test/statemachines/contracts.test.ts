import { describe, expect, it } from 'vitest';
import { PREVIOUS_TASK_CONTRACT, TASK_CONTRACT } from '../../core/contract/tasks.ts';
import type { Json } from '../../core/op/references.ts';
import { MACHINES, PREVIOUS_MACHINES } from '../support/simulation/machines.ts';
import type { Machines } from '../support/simulation/step-functions.ts';
import { statesOf } from './lint-rules.ts';

const SERVES = ['contract', 'jobId', 'attempt', 'group', 'number'];
const FAMILY = ['contract', 'jobId', 'attempt', 'op', 'try'];
const ITEM = [...SERVES, 'op', 'timeout', 'heartbeat'];

const JOB_TASKS = {
  'Perform ops': ITEM,
  'Perform op': [...SERVES, 'op', 'token'],
  'Handle op failure': [...SERVES, 'op', 'token', 'error'],
  'Perform recovery ops': ITEM,
  'Perform recovery op': [...SERVES, 'op', 'token'],
  'Handle recovery failure': [...SERVES, 'op', 'token', 'error'],
  'Plan recovery': [...SERVES, 'error'],
  'Finish job': [...SERVES, 'after'],
  'Finish failed job': [...SERVES, 'after'],
};

const FAMILY_TASKS = {
  'Do all batches': [...FAMILY, 'verb', 'from', 'to'],
  'Do one batch': ['{% $states.input %}'],
};

/**
 * What each state hands to its task, and each Map to its items, by the version of the contract. Executions live
 * on with theirs for a year.
 */
const CONTRACTS: Readonly<Record<number, Readonly<Record<string, readonly string[]>>>> = {
  1: {
    ...JOB_TASKS,
    ...FAMILY_TASKS,
    'Give up the rest': [...FAMILY, 'error'],
  },
  2: {
    ...JOB_TASKS,
    ...FAMILY_TASKS,
    'Give up the rest': [...FAMILY, 'verb', 'error'],
  },
};

describe('what the machines hand to their tasks', () => {
  it.each([
    ['deployed', MACHINES, TASK_CONTRACT],
    ['deployed before', PREVIOUS_MACHINES, PREVIOUS_TASK_CONTRACT],
  ] as const)(
    'is, of those that are %s, what the contract of their version says',
    (_when, machines, version) => {
      expect(machines.contract).toBe(version);
      expect(payloadsOf(machines)).toEqual(CONTRACTS[version]);
    },
  );
});

function payloadsOf({ job, childJobs }: Machines): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...statesOf(job), ...statesOf(childJobs)].flatMap(([name, state]) => {
      if (state.Type === 'Map') return [[name, namesIn(state.ItemSelector)]];
      return state.Type === 'Task' ? [[name, namesIn(state.Arguments.Payload)]] : [];
    }),
  );
}

/** The keys of a template; an expression that makes all of it, as it is. */
function namesIn(template: Json | undefined): readonly string[] {
  return typeof template === 'object' && template !== null ? Object.keys(template) : [String(template)];
}
