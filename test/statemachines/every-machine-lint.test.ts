import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { expressionOf } from '../support/simulation/query.ts';
import { DEFINITIONS } from './definitions.ts';
import {
  isAllowedExpression,
  scopesOf,
  targetsOf,
  textsIn,
  unknownErrors,
  unreachable,
} from './lint-rules.ts';

/** Fewer found would say that the lint does not see them. */
const EXPRESSIONS_AT_LEAST = { job: 50, 'child-jobs': 15 } as const;

describe.each(['job', 'child-jobs'] as const)('the definition of the machine %s', (name) => {
  const { text, json, machine, states, functions } = DEFINITIONS[name];

  it('is valid ASL', () => {
    const { isValid, errorsText } = aslValidator(structuredClone(json));
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('leads every Next, Default and Catch to a state beside it', () => {
    for (const scope of scopesOf(machine)) {
      const lost = Object.values(scope.states)
        .flatMap(targetsOf)
        .filter((target) => !Object.hasOwn(scope.states, target));
      expect(lost, scope.name).toEqual([]);
    }
  });

  it('has no state that is never reached', () => {
    for (const scope of scopesOf(machine)) expect(unreachable(scope), scope.name).toEqual([]);
  });

  it('names no state twice, since histories show names alone', () => {
    const names = states.map(([state]) => state);
    expect(names).toEqual([...new Set(names)]);
  });

  it('catches and retries only errors that somebody raises', () => {
    for (const [state, declared] of states) expect(unknownErrors(declared), state).toEqual([]);
  });

  it('evaluates only expressions of known forms', () => {
    const expressions = textsIn(json).flatMap((part) => expressionOf(part) ?? []);
    expect(expressions.length).toBeGreaterThan(EXPRESSIONS_AT_LEAST[name]);
    expect(expressions.filter((expression) => !isAllowedExpression(expression))).toEqual([]);
    expect(text).not.toContain('$eval');
  });

  it('has no placeholder but our functions, and none inside another text', () => {
    const placed = textsIn(json).filter((part) => part.includes('${'));
    const allowed = functions.map((each) => `\${${each}}`);
    expect([...new Set(placed)].toSorted()).toEqual(allowed.toSorted());
    const invoked = states.flatMap(([, state]) =>
      state.Type === 'Task' ? [state.Arguments.FunctionName] : [],
    );
    expect(placed.toSorted()).toEqual(invoked.toSorted());
  });
});
