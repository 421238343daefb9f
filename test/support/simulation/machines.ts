import { readFileSync } from 'node:fs';
import { type StateMachine, stateMachineSchema } from './asl.ts';
import type { Machines } from './step-functions.ts';

/** The machines that are deployed, before their placeholders are filled in. */
export const MACHINES: Machines = {
  job: machine('job.asl.json'),
  childJobs: machine('child-jobs.asl.json'),
};

function machine(file: string): StateMachine {
  const text = readFileSync(new URL(`../../../statemachines/${file}`, import.meta.url), 'utf8');
  return stateMachineSchema.parse(JSON.parse(text));
}
