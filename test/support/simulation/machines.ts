import { readFileSync } from 'node:fs';
import { PREVIOUS_TASK_CONTRACT, TASK_CONTRACT } from '../../../core/contract/tasks.ts';
import { type StateMachine, stateMachineSchema } from './asl.ts';
import type { Machines } from './step-functions.ts';

/** The machines that are deployed, before their placeholders are filled in. */
export const MACHINES: Machines = {
  job: machine('statemachines/job.asl.json'),
  childJobs: machine('statemachines/child-jobs.asl.json'),
  contract: TASK_CONTRACT,
};

/** Those of the contract before: what an execution goes on with that a deployment finds running. */
export const PREVIOUS_MACHINES: Machines = {
  job: machine('test/statemachines/previous/job.asl.json'),
  childJobs: machine('test/statemachines/previous/child-jobs.asl.json'),
  contract: PREVIOUS_TASK_CONTRACT,
};

function machine(file: string): StateMachine {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  return stateMachineSchema.parse(JSON.parse(text));
}
