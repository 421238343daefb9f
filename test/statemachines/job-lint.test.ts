import { describe, expect, it } from 'vitest';
import { DEFINITIONS } from './definitions.ts';

const STATES = DEFINITIONS.job.states;

describe('the definition of the job machine', () => {
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
});
