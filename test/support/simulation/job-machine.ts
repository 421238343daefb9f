import { readFileSync } from 'node:fs';
import { type StateMachine, stateMachineSchema } from './asl.ts';

/** The machine that is deployed, before its placeholders are filled in. */
export const JOB_MACHINE: StateMachine = stateMachineSchema.parse(
  JSON.parse(readFileSync(new URL('../../../statemachines/job.asl.json', import.meta.url), 'utf8')),
);
