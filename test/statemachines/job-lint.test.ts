import { readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../core/op/references.ts';
import { stateMachineSchema } from '../support/simulation/asl.ts';
import { expressionOf } from '../support/simulation/query.ts';
import {
  isAllowedExpression,
  scopesOf,
  statesOf,
  targetsOf,
  textsIn,
  unknownErrors,
  unreachable,
} from './lint-rules.ts';

const TEXT = readFileSync(new URL('../../statemachines/job.asl.json', import.meta.url), 'utf8');

// Parsed as it is: a definition that is JSON only after its placeholders are filled in cannot be linted.
const DEFINITION: Json = JSON.parse(TEXT);
const MACHINE = stateMachineSchema.parse(DEFINITION);
const STATES = statesOf(MACHINE);

/** Our functions, by the names that infrastructure fills in. */
const FUNCTIONS = [
  'PerformOpFunction',
  'HandleOpFailureFunction',
  'PlanRecoveryFunction',
  'FinishJobFunction',
];

describe('the definition of the job machine', () => {
  it('is valid ASL', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(DEFINITION));
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('leads every Next, Default and Catch to a state beside it', () => {
    for (const { name, states } of scopesOf(MACHINE)) {
      const lost = Object.values(states)
        .flatMap(targetsOf)
        .filter((target) => !Object.hasOwn(states, target));
      expect(lost, name).toEqual([]);
    }
  });

  it('has no state that is never reached', () => {
    for (const scope of scopesOf(MACHINE)) expect(unreachable(scope), scope.name).toEqual([]);
  });

  it('names no state twice, since histories show names alone', () => {
    const names = STATES.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('catches and retries only errors that somebody raises', () => {
    for (const [name, state] of STATES) expect(unknownErrors(state), name).toEqual([]);
  });

  it('raises only errors of ours, and an end of its own', () => {
    const raised = STATES.flatMap(([, state]) => (state.Type === 'Fail' ? [state.Error] : []));
    expect(raised.toSorted()).toEqual(['JobFailed', 'OpFailed', 'Stale']);
  });

  it('ends every caught failure in Fail, in recovery, or where another execution serves the job', () => {
    const ends = STATES.filter(([, state]) => state.Type === 'Succeed').map(([name]) => name);
    expect(ends.toSorted()).toEqual(['Op settled', 'Recovery op settled', 'Superseded']);
  });

  it('bounds every task by a timeout, and every wait for a token by a heartbeat too or a year', () => {
    for (const [name, state] of STATES) {
      if (state.Type !== 'Task') continue;
      expect(state.TimeoutSeconds, `TimeoutSeconds of ${name}`).toBeDefined();
      const waits = state.Resource.endsWith('.waitForTaskToken');
      const isByInput = typeof state.TimeoutSeconds === 'string';
      if (waits && isByInput) expect(state.HeartbeatSeconds, `HeartbeatSeconds of ${name}`).toBeDefined();
      else expect(state.TimeoutSeconds, name).toBeLessThanOrEqual(31_536_000);
    }
  });

  it('waits only as long as our handler answers', () => {
    const waits = STATES.flatMap(([, state]) => (state.Type === 'Wait' ? [state.Seconds] : []));
    expect(waits).toEqual(['{% $states.input.seconds %}', '{% $states.input.seconds %}']);
  });

  it('retries what Lambda itself does wrong in every task, and never an answer', () => {
    for (const [name, state] of STATES) {
      if (state.Type !== 'Task') continue;
      const last = state.Retry.at(-1);
      expect(last?.ErrorEquals, name).toEqual(['States.ALL']);
      expect(last?.JitterStrategy, name).toBe('FULL');
      expect(last?.MaxDelaySeconds, name).toBeLessThanOrEqual(60);
      for (const answers of state.Retry.slice(0, -1)) expect(answers.MaxAttempts, name).toBe(0);
    }
  });

  it('evaluates only expressions of known forms', () => {
    const expressions = textsIn(DEFINITION).flatMap((text) => expressionOf(text) ?? []);
    expect(expressions.length).toBeGreaterThan(50);
    expect(expressions.filter((expression) => !isAllowedExpression(expression))).toEqual([]);
    expect(TEXT).not.toContain('$eval');
  });

  it('has no placeholder but our functions, and none inside another text', () => {
    const placed = textsIn(DEFINITION).filter((text) => text.includes('${'));
    const allowed = FUNCTIONS.map((name) => `\${${name}}`);
    expect([...new Set(placed)].toSorted()).toEqual(allowed.toSorted());
    const invoked = STATES.flatMap(([, state]) =>
      state.Type === 'Task' ? [state.Arguments.FunctionName] : [],
    );
    expect(placed.toSorted()).toEqual(invoked.toSorted());
  });
});
