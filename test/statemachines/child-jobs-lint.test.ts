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

const TEXT = readFileSync(new URL('../../statemachines/child-jobs.asl.json', import.meta.url), 'utf8');

const DEFINITION: Json = JSON.parse(TEXT);
const MACHINE = stateMachineSchema.parse(DEFINITION);
const STATES = statesOf(MACHINE);

/** Our functions, by the names that infrastructure fills in. */
const FUNCTIONS = ['MakeChildrenFunction', 'GiveUpChildrenFunction'];

describe('the definition of the machine of children', () => {
  it('is valid ASL', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(DEFINITION));
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('leads every Next and Catch to a state beside it, and has none that is never reached', () => {
    for (const scope of scopesOf(MACHINE)) {
      const lost = Object.values(scope.states)
        .flatMap(targetsOf)
        .filter((target) => !Object.hasOwn(scope.states, target));
      expect(lost, scope.name).toEqual([]);
      expect(unreachable(scope), scope.name).toEqual([]);
    }
  });

  it('names no state twice, since histories show names alone', () => {
    const names = STATES.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('is a Map of one task a batch, and a task that gives up: nothing waits for the children', () => {
    expect(STATES.map(([name, { Type }]) => `${Type} ${name}`)).toEqual([
      'Map Do all batches',
      'Task Give up the rest',
      'Task Do one batch',
    ]);
    for (const [name, state] of STATES) {
      if (state.Type === 'Task') expect(state.Resource, name).toBe('arn:aws:states:::lambda:invoke');
    }
  });

  it('catches and retries only errors that somebody raises', () => {
    for (const [name, state] of STATES) expect(unknownErrors(state), name).toEqual([]);
  });

  it('gives up what it could not do, whatever the error', () => {
    const caught = STATES.flatMap(([name, state]) =>
      'Catch' in state ? state.Catch.map(({ ErrorEquals, Next }) => [name, ...ErrorEquals, Next]) : [],
    );
    expect(caught).toEqual([['Do all batches', 'States.ALL', 'Give up the rest']]);
  });

  it('bounds every task by a few minutes, and every pause before a retry by one', () => {
    for (const [name, state] of STATES) {
      if (state.Type !== 'Task') continue;
      expect(state.TimeoutSeconds, name).toBeLessThanOrEqual(300);
      expect(
        state.Retry.map(({ ErrorEquals }) => ErrorEquals),
        name,
      ).toEqual([['States.ALL']]);
      for (const retrier of state.Retry) {
        expect(retrier.JitterStrategy, name).toBe('FULL');
        expect(retrier.MaxDelaySeconds, name).toBeLessThanOrEqual(60);
        expect(retrier.MaxAttempts, name).toBeGreaterThanOrEqual(6);
      }
    }
  });

  it('does few batches at once, since they all meet at one group', () => {
    for (const [name, state] of STATES) {
      if (state.Type === 'Map') expect(state.MaxConcurrency, name).toBeLessThanOrEqual(4);
    }
  });

  it('evaluates only expressions of known forms', () => {
    const expressions = textsIn(DEFINITION).flatMap((text) => expressionOf(text) ?? []);
    expect(expressions.length).toBeGreaterThan(15);
    expect(expressions.filter((expression) => !isAllowedExpression(expression))).toEqual([]);
    expect(TEXT).not.toContain('$eval');
  });

  it('has no placeholder but our functions, and none inside another text', () => {
    const placed = textsIn(DEFINITION).filter((text) => text.includes('${'));
    expect(placed.toSorted()).toEqual(FUNCTIONS.map((name) => `\${${name}}`).toSorted());
    const invoked = STATES.flatMap(([, state]) =>
      state.Type === 'Task' ? [state.Arguments.FunctionName] : [],
    );
    expect(placed.toSorted()).toEqual(invoked.toSorted());
  });
});
