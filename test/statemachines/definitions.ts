import { readFileSync } from 'node:fs';
import type { Json } from '../../core/op/references.ts';
import { stateMachineSchema } from '../support/simulation/asl.ts';
import { statesOf } from './lint-rules.ts';

/** The definitions as they are: one that is JSON only after its placeholders are filled in cannot be linted. */
export const DEFINITIONS = {
  job: definition('job.asl.json', [
    'PerformOpFunction',
    'HandleOpFailureFunction',
    'PlanRecoveryFunction',
    'FinishJobFunction',
  ]),
  'child-jobs': definition('child-jobs.asl.json', ['MakeChildrenFunction', 'GiveUpChildrenFunction']),
} as const;

/** @param functions ours, by the names that infrastructure fills in */
function definition(file: string, functions: readonly string[]) {
  const text = readFileSync(new URL(`../../statemachines/${file}`, import.meta.url), 'utf8');
  const json: Json = JSON.parse(text);
  const machine = stateMachineSchema.parse(json);
  return { text, json, machine, states: statesOf(machine), functions };
}
