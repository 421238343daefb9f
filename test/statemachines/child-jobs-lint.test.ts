import { describe, expect, it } from 'vitest';
import { DEFINITIONS } from './definitions.ts';

const STATES = DEFINITIONS['child-jobs'].states;

describe('the definition of the machine of children', () => {
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
});
