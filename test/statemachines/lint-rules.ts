import { TASK_ERRORS } from '../../core/contract/tasks.ts';
import type { Json } from '../../core/op/references.ts';
import type { State, StateMachine, States } from '../support/simulation/asl.ts';

/** States that see each other: those of the machine, and those of each Map's items. */
export interface Scope {
  readonly name: string;
  readonly startAt: string;
  readonly states: States;
}

export function scopesOf(machine: StateMachine): readonly Scope[] {
  const scopes: Scope[] = [{ name: 'the machine', startAt: machine.StartAt, states: machine.States }];
  for (const [name, state] of Object.entries(machine.States)) {
    if (state.Type !== 'Map') continue;
    const { StartAt, States: states } = state.ItemProcessor;
    scopes.push({ name, startAt: StartAt, states });
  }
  return scopes;
}

/** Every state with its name, those of Map items included. */
export function statesOf(machine: StateMachine): readonly (readonly [string, State])[] {
  return scopesOf(machine).flatMap(({ states }) => Object.entries(states));
}

/** Where a state leads. */
export function targetsOf(state: State): readonly string[] {
  const targets: (string | undefined)[] = [];
  if ('Next' in state) targets.push(state.Next);
  if ('Catch' in state) targets.push(...state.Catch.map(({ Next }) => Next));
  if (state.Type === 'Choice') targets.push(...state.Choices.map(({ Next }) => Next), state.Default);
  return targets.filter((target) => target !== undefined);
}

/** States that no path from the start leads to. */
export function unreachable({ startAt, states }: Scope): readonly string[] {
  const seen = new Set<string>();
  const open = [startAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = states[name];
    if (seen.has(name) || state === undefined) continue;
    seen.add(name);
    open.push(...targetsOf(state));
  }
  return Object.keys(states).filter((name) => !seen.has(name));
}

/** Names that a task may be caught or retried by: ours, and those of Step Functions and Lambda. */
const KNOWN_ERRORS: ReadonlySet<string> = new Set([
  ...TASK_ERRORS,
  'States.ALL',
  'States.Timeout',
  'States.HeartbeatTimeout',
  'States.TaskFailed',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
]);

/** Names in Retry, Catch and Fail that nothing raises. */
export function unknownErrors(state: State): readonly string[] {
  const named: string[] = [];
  if ('Retry' in state) named.push(...state.Retry.flatMap(({ ErrorEquals }) => ErrorEquals));
  if ('Catch' in state) named.push(...state.Catch.flatMap(({ ErrorEquals }) => ErrorEquals));
  return named.filter((name) => !KNOWN_ERRORS.has(name));
}

/**
 * The forms that an expression may have: what the state was given, by name, and three fixed
 * compositions. Nothing of a user's ever becomes part of an expression, and nothing is evaluated that
 * is not written here.
 */
const EXPRESSION_FORMS: readonly RegExp[] = [
  /^\$states\.input(\.[a-zA-Z]+)?$/,
  /^\$states\.context\.Map\.Item\.Value\.[a-zA-Z]+$/,
  /^\$states\.context\.Task\.Token$/,
  /^\$merge\(\[\$states\.input, \$states\.result\]\)$/,
  /^\$merge\(\[\$states\.input, \{'error': \$states\.errorOutput\}\]\)$/,
  /^\$merge\(\[\$states\.input, \{'[a-z]+': \$states\.result\.Payload\.[a-z]+\}\]\)$/,
  /^\$states\.input\.next = '[a-z ]+'( and \$states\.input\.seconds > 0)?$/,
  /^\{\}$/,
];

export function isAllowedExpression(expression: string): boolean {
  return EXPRESSION_FORMS.some((form) => form.test(expression));
}

/** Every text in a definition. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
