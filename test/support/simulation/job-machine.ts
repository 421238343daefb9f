import type { StateMachine } from './asl.ts';
import { MACHINES } from './machines.ts';

export const JOB_MACHINE: StateMachine = MACHINES.job;
