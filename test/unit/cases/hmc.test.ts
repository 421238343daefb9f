import { expect } from 'vitest';
import * as z from 'zod';
import { type Command, ruling } from '../../../core/job/commands.ts';
import { isSettled, STATUSES, type Status } from '../../../core/job/status.ts';
import { taskMessage } from '../../../core/views/hmc.ts';
import { statusView } from '../../../core/views/status-views.ts';
import type { ViewSubject } from '../../../core/views/view-subject.ts';
import { VOCABULARIES } from '../../../core/views/vocabularies.ts';
import { type Case, describeCases } from './case-file.ts';

const SUBJECTS: readonly ViewSubject[] = STATUSES.flatMap((status) =>
  [false, true].map((stepHasRun) => ({
    status,
    step: 'RUN' as const,
    rollback: 'none' as const,
    stepHasRun,
  })),
);

describeCases(new URL('hmc.json', import.meta.url), {
  'statuses-01': ({ expect: wanted }) => {
    const known = new Set<unknown>(VOCABULARIES.hmc);
    for (const word of z.array(z.string()).parse(wanted['all'])) expect(known).toContain(word);
  },

  synchronousPoll: ({ given, expect: wanted }) => {
    for (const { status } of subjectsReading(given['status'])) {
      expect(!isSettled(status)).toBe(wanted['keepPolling']);
    }
  },
  'synchronousPoll-07': ({ expect: wanted }) => {
    const polled = new Set<string>(['NOT_STARTED', 'RUNNING']);
    for (const subject of SUBJECTS) {
      if (polled.has(statusView('hmc', subject).status)) continue;
      expect(!isSettled(subject.status)).toBe(wanted['keepPolling']);
    }
  },

  'asynchronousPoll-01': ({ given }) => {
    for (const subject of subjectsReading(given['status'])) expect(subject.stepHasRun).toBe(false);
  },
  'asynchronousPoll-02': ({ given, expect: wanted }) => {
    const words = new Set(
      SUBJECTS.filter(({ stepHasRun, status }) => stepHasRun && !isSettled(status)).map(
        (subject) => statusView('hmc', subject).status,
      ),
    );
    expect([...words]).toEqual([given['status']]);
    expect(wanted['thenBackgroundPoll']).toBe(true);
  },
  'asynchronousPoll-05': ({ expect: wanted }) => {
    const polled = z.array(z.string()).parse(wanted['pollsWhile']);
    for (const subject of SUBJECTS) {
      const word = statusView('hmc', subject).status;
      if (polled.includes(word) || word === 'NOT_STARTED') continue;
      expect(ruling(subject.status, 'delete')).toBe('allowed');
    }
  },

  'runJob-01': ({ given }) => {
    expect(exactly(given['status'])).toEqual(['COMPLETED_OK']);
    allows(given, 'delete');
  },
  'runJob-02': ({ given }) => {
    expect(exactly(given['status'])).not.toContain('COMPLETED_OK');
    allows(given, 'delete');
  },
  'runJob-04': () => {
    for (const word of ['CANCELED_BEFORE_START', 'CANCELED_WHILE_RUNNING']) {
      expect(exactly(word)).not.toContain('COMPLETED_OK');
      allows({ status: word }, 'delete');
    }
  },
  'runJob-05': () => {
    expect(ruling('RUNNING', 'cancel')).toBe('allowed');
    expect(ruling('RUNNING', 'delete')).toBe('refused');
  },

  'cancel-01': () => {
    expect(ruling('RUNNING', 'cancel')).toBe('allowed');
    expect(ruling('CANCELED_WHILE_RUNNING', 'delete')).toBe('allowed');
  },

  'delete-01': refusesDelete,
  'delete-02': ({ given }) => allows(given, 'delete'),
  // Overridden: cancel first.
  'delete-04': refusesDelete,

  'message-01': readsMessage,
  'message-02': readsMessage,
  'message-04': readsMessage,
});

/** Whatever reads as this word; at least one does, so that no case passes for want of a subject. */
function subjectsReading(word: unknown): readonly ViewSubject[] {
  const subjects = SUBJECTS.filter((subject) => statusView('hmc', subject).status === word);
  expect(subjects.length).toBeGreaterThan(0);
  return subjects;
}

/** Statuses whose word this is, exactly. */
function exactly(word: unknown): readonly Status[] {
  const statuses = SUBJECTS.filter((subject) => {
    const view = statusView('hmc', subject);
    return view.status === word && view.exact;
  }).map(({ status }) => status);
  return [...new Set(statuses)];
}

function allows(given: Case['given'], command: Command): void {
  for (const { status } of subjectsReading(given['status'])) expect(ruling(status, command)).toBe('allowed');
}

function refusesDelete({ given }: Case): void {
  for (const { status } of subjectsReading(given['status'])) expect(ruling(status, 'delete')).toBe('refused');
}

function readsMessage({ given, expect: wanted }: Case): void {
  const result = given['results'];
  const exception = z.string().optional().parse(given['responseException']);
  const message = taskMessage({
    ...(result === undefined ? {} : { result }),
    ...(exception === undefined ? {} : { error: { code: 'JobFailed', message: exception } }),
  });
  expect(message).toBe(wanted['message']);
}
