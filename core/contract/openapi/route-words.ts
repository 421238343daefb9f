import type { API } from '../api.ts';

/** What the document says of a route, in words. */
export interface RouteWords {
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
}

/** How the document groups the routes, in its order. */
export const TAGS = {
  Jobs: 'Submit jobs and see what became of them.',
  Commands: 'Make a job go on, stop, run again or be undone.',
  Work: 'For workers: what became of a try that `Op Ready` announced.',
  Waiting: 'Queues, resources and locks: what jobs wait for.',
  Schedules: 'Jobs that are submitted at the times of a calendar.',
  Sessions: 'Jobs of a user interface, and its logout.',
  Operations: 'For whoever runs this deployment.',
} as const;

type Tag = keyof typeof TAGS;

const AS_OF_COMPLETE =
  'Whatever comes too late, twice, or for an earlier try is refused and changes nothing.';

const ITS_JOB = 'The job is checked as one that is submitted now; paths of its problems begin with `job.`.';

/** By the names of functions/api/routes.ts. */
export const ROUTE_WORDS: Readonly<Record<keyof typeof API, RouteWords>> = {
  'get-open-api': {
    tag: 'Operations',
    summary: 'This document',
    description: 'The same for everybody, without a token.',
  },
  'submit-job': {
    tag: 'Jobs',
    summary: 'Submit a job',
    description:
      'The answer is the job, also when the same `Idempotency-Key` and specification made it before: then with `Idempotency-Replayed: true`. With `dryRun=true` nothing is stored, and the answer is the specification with its defaults.',
  },
  'submit-batch': {
    tag: 'Jobs',
    summary: 'Submit up to 25 jobs',
    description:
      'Each is submitted by itself, in their order, and has an answer of its own: a bad one loses nothing of the others.',
  },
  'list-jobs': {
    tag: 'Jobs',
    summary: 'List the jobs of a project',
    description:
      'Newest first. A page may be shorter than asked for, even empty, and have a cursor all the same: a rare filter ends before it takes too long.',
  },
  'get-job': {
    tag: 'Jobs',
    summary: 'Get a job',
    description:
      "With `view` also its status in another system's words, with `fields` the values of Ganeti's fields in the asked order.",
  },
  'read-journal': {
    tag: 'Jobs',
    summary: "Read a job's journal",
    description:
      'Oldest first; the next page begins after the last serial. With `wait` it answers with the first entry that comes, or with none when the seconds are over.',
  },
  'list-ops': {
    tag: 'Jobs',
    summary: "List a job's ops",
    description: 'In their order, then the rollbacks that have begun, in the order of undoing.',
  },
  'list-children': {
    tag: 'Jobs',
    summary: "List a job's children",
    description: 'Of one op, in the order of its items, with how many of them have ended.',
  },
  'explain-job': {
    tag: 'Jobs',
    summary: 'Explain why a job is where it is',
    description:
      'The gate it stands at, since when, its place in line, who has what it waits for, and what would move it. Jobs of projects that the caller may not see are hidden.',
  },
  'list-actions': {
    tag: 'Jobs',
    summary: 'List the actions that ops may name',
    description: 'What stands behind a name is not said.',
  },
  'cancel-job': {
    tag: 'Commands',
    summary: 'Cancel a job',
    description:
      'What it yields depends on the job when it is processed: `canceled` at once, or `canceling` while work is stopped and undone.',
  },
  'confirm-job': {
    tag: 'Commands',
    summary: 'Confirm a job that was submitted with `hold`',
    description: 'It goes on to its approval, its date or its queue.',
  },
  'approve-job': {
    tag: 'Commands',
    summary: 'Approve a job',
    description: 'For its approvers, and for whoever holds `job.approve_all`.',
  },
  'reject-job': {
    tag: 'Commands',
    summary: 'Reject a job',
    description:
      'For its approvers, and for whoever holds `job.approve_all`. It stands still until somebody reruns or cancels it.',
  },
  'reschedule-job': {
    tag: 'Commands',
    summary: 'Give a job another date',
    description: 'It leaves its line and gives back what it held. `at: null`: no date, it stands as CREATED.',
  },
  'rerun-job': {
    tag: 'Commands',
    summary: 'Run a job again',
    description: 'From a step, or from the op that failed, as its next attempt.',
  },
  'roll-back-job': {
    tag: 'Commands',
    summary: 'Undo a job',
    description: 'What all its attempts have done and not undone, as its next attempt.',
  },
  'pause-job': {
    tag: 'Commands',
    summary: 'Pause a job before its next op',
    description:
      'It keeps what it holds. If nobody resumes it within its `pause.window` it fails, and is undone.',
  },
  'resume-job': {
    tag: 'Commands',
    summary: 'Resume a job',
    description: 'It runs on, or does not pause after all.',
  },
  'answer-trap': {
    tag: 'Commands',
    summary: 'Answer a trap',
    description:
      '`retry` tries the op once more, `skip` lets the job go on as if it had succeeded, `abort` fails it; `pause` stops the countdown of the trap, `resume` starts it again.',
  },
  'change-priority': {
    tag: 'Commands',
    summary: "Change a job's priority",
    description: 'What has begun keeps the priority it began with; a job in line moves in it.',
  },
  'add-note': {
    tag: 'Commands',
    summary: "Write a note into a job's journal",
    description: 'In every status.',
  },
  'delete-job': {
    tag: 'Commands',
    summary: 'Delete a job',
    description: 'One that has settled. It is gone to every caller.',
  },
  'complete-op': {
    tag: 'Work',
    summary: 'Say that a try succeeded',
    description: `${AS_OF_COMPLETE} A worker whose answer was lost may take CompletionRepeated for a success.`,
  },
  'fail-op': {
    tag: 'Work',
    summary: 'Say that a try failed',
    description: `Another try follows, or what the op declared for its error. ${AS_OF_COMPLETE}`,
  },
  'heartbeat-op': {
    tag: 'Work',
    summary: 'Say that a try goes on',
    description: 'Each refusal says that the worker should stop.',
  },
  'log-op': {
    tag: 'Work',
    summary: 'Write a line of a running try into the journal',
    description: AS_OF_COMPLETE,
  },
  'get-session': {
    tag: 'Sessions',
    summary: 'List the live jobs of a session',
    description: 'As a warning before a logout. A session without any reads as one that nobody knows.',
  },
  'close-session': {
    tag: 'Sessions',
    summary: 'Log out: cancel the live jobs of a session',
    description: 'With many of them some are `left`: ask again.',
  },
  'list-queues': {
    tag: 'Waiting',
    summary: 'List the queues of a project',
    description: 'With `name` the one, with its holders and waiters.',
  },
  'put-queue': {
    tag: 'Waiting',
    summary: 'Make a queue, or change its limits',
    description:
      'What the body leaves out has no limit then. Nothing is taken from jobs that run; what a higher limit lets in goes on at once. Slashes of the name may stand in the path as they are.',
  },
  'list-resources': {
    tag: 'Waiting',
    summary: 'List resources',
    description: 'Of the project, or the global ones. With `name` the one, with its holders and waiters.',
  },
  'put-resource': {
    tag: 'Waiting',
    summary: 'Make a resource, or change how many units it has',
    description:
      'Nothing is taken from jobs that hold units. A global one needs the permission in all projects.',
  },
  'list-locks': {
    tag: 'Waiting',
    summary: 'List locks',
    description:
      'Of the project, or the global ones, each from its first use on. With `name` the one, with its holders and waiters.',
  },
  'release-lock': {
    tag: 'Waiting',
    summary: 'Take a lock from a job that is stuck',
    description:
      "The next in line has it then. The job goes on without it: its fence keeps it from writing over the next holder's work. A global lock needs the permission in all projects.",
  },
  'list-schedules': {
    tag: 'Schedules',
    summary: 'List the schedules of a project',
    description: 'Oldest first.',
  },
  'create-schedule': { tag: 'Schedules', summary: 'Make a schedule', description: ITS_JOB },
  'get-schedule': {
    tag: 'Schedules',
    summary: 'Get a schedule',
    description: 'With its next ten runs and its latest 20.',
  },
  'edit-schedule': {
    tag: 'Schedules',
    summary: 'Edit a schedule',
    description: `What the body leaves out gets its default; \`enabled: false\` stops it. Its jobs are the editor's from then on. ${ITS_JOB}`,
  },
  'delete-schedule': {
    tag: 'Schedules',
    summary: 'Delete a schedule',
    description: 'It never runs again. Jobs that it has submitted go on.',
  },
  'run-schedule-now': {
    tag: 'Schedules',
    summary: 'Run a schedule now',
    description: 'Also one that is disabled; its rhythm stays as it is.',
  },
  bulk: {
    tag: 'Operations',
    summary: 'Cancel, rerun or reprioritise all jobs that match a filter',
    description:
      'The answer is a job of the caller that does it to each, with the rights of the caller. Each action needs its own permission. `dryRun` shows what matches and does nothing.',
  },
  republish: {
    tag: 'Operations',
    summary: 'Send the events of a job or of a time range again',
    description: 'With a cursor in the answer, the same body with it sends the rest.',
  },
};
