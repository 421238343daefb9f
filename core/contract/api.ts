import type * as z from 'zod';
import { addNoteBodySchema } from './api/add-note.ts';
import { answerTrapBodySchema } from './api/answer-trap.ts';
import { bulkBodySchema, bulkDryRunSchema } from './api/bulk.ts';
import { canceledSchema, cancelJobBodySchema } from './api/cancel-job.ts';
import { changePriorityBodySchema, priorityChangedSchema } from './api/change-priority.ts';
import { commentBodySchema } from './api/comment.ts';
import { entryShapeSchema } from './api/entry-shape.ts';
import {
  ANY,
  CHANGED_SINCE,
  COMMAND,
  FIELDS,
  IDEMPOTENT,
  IN_PAGES,
  IN_PROJECT,
  JOB,
  REQUEST,
  VALUES,
  WORK,
  YAML_BODY,
} from './api/error-groups.ts';
import { getJobQuerySchema, jobAnswerSchema } from './api/get-job.ts';
import { jobShapeSchema } from './api/job-shape.ts';
import { actionListSchema, listActionsQuerySchema } from './api/list-actions.ts';
import { childListSchema, listChildrenQuerySchema } from './api/list-children.ts';
import { jobListSchema, listJobsQuerySchema } from './api/list-jobs.ts';
import { listOpsQuerySchema, opListSchema } from './api/list-ops.ts';
import { listQueuesQuerySchema, queueListSchema } from './api/list-queues.ts';
import { listSemaphoresQuerySchema, lockListSchema, resourceListSchema } from './api/list-semaphores.ts';
import { openApiDocumentSchema } from './api/open-api-document.ts';
import { putQueueBodySchema } from './api/put-queue.ts';
import { putResourceBodySchema } from './api/put-resource.ts';
import { queueShapeSchema } from './api/queue-shape.ts';
import { journalSchema, readJournalQuerySchema } from './api/read-journal.ts';
import { releaseLockBodySchema } from './api/release-lock.ts';
import { republishBodySchema, republishedSchema } from './api/republish.ts';
import { rerunJobBodySchema } from './api/rerun-job.ts';
import { rescheduleJobBodySchema } from './api/reschedule-job.ts';
import { scheduleShapeSchema } from './api/schedule-shape.ts';
import {
  createScheduleBodySchema,
  editScheduleBodySchema,
  listSchedulesQuerySchema,
  scheduleListSchema,
} from './api/schedules.ts';
import { resourceShapeSchema } from './api/semaphore-shape.ts';
import { sessionClosedSchema, sessionSchema } from './api/session.ts';
import { batchSubmittedSchema, submitBatchBodySchema } from './api/submit-batch.ts';
import { dryRunSchema, submitJobQuerySchema } from './api/submit-job.ts';
import { jobExplanationSchema } from './api/why.ts';
import {
  completeOpBodySchema,
  failOpBodySchema,
  heartbeatBodySchema,
  logBodySchema,
} from './api/worker-verbs.ts';
import type { ErrorCode } from './error-codes.ts';
import { submittedSpecSchema } from './job-spec.ts';

/** What a route takes and answers. A success without a body is `null`. */
interface RouteSchemas {
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Its body may be YAML as well. */
  readonly yaml?: true;
  /** Takes an `Idempotency-Key`. */
  readonly idempotent?: true;
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Headers of its answers beside those of all. */
  readonly headers?: Readonly<Record<number, readonly AnswerHeader[]>>;
  /** Every code that it may refuse with, and no other: tests hold the answers against them. */
  readonly errors: readonly ErrorCode[];
}

export type AnswerHeader = 'Location' | 'Idempotency-Replayed' | 'Cache-Control';

/**
 * The whole API as schemas, by the names of functions/api/routes.ts: what validates requests is what
 * documents them, and what tests hold the answers against. Functions import their own schemas alone.
 */
export const API = {
  'get-open-api': {
    answers: { 200: openApiDocumentSchema },
    headers: { 200: ['Cache-Control'] },
    errors: ['InternalError'],
  },
  'submit-job': {
    query: submitJobQuerySchema,
    body: submittedSpecSchema,
    yaml: true,
    idempotent: true,
    answers: { 200: dryRunSchema, 201: jobShapeSchema },
    headers: { 201: ['Location', 'Idempotency-Replayed'] },
    errors: [
      ...YAML_BODY,
      ...JOB,
      ...IDEMPOTENT,
      'TooManyDependencies',
      'DuplicateDependency',
      'UnknownDependency',
      'Forbidden',
      'QuotaExceeded',
    ],
  },
  'submit-batch': {
    body: submitBatchBodySchema,
    yaml: true,
    answers: { 200: batchSubmittedSchema },
    errors: [...YAML_BODY, 'TooManyJobs', 'BatchTooLarge'],
  },
  'list-jobs': {
    query: listJobsQuerySchema,
    answers: { 200: jobListSchema },
    errors: [...VALUES, ...IN_PAGES],
  },
  'get-job': {
    query: getJobQuerySchema,
    answers: { 200: jobAnswerSchema },
    errors: [...VALUES, 'UnknownView', 'UnknownField', 'JobNotFound', 'AnswerTooLarge', 'Forbidden'],
  },
  'read-journal': {
    query: readJournalQuerySchema,
    answers: { 200: journalSchema },
    errors: [...VALUES, 'JobNotFound', 'AnswerTooLarge', 'Forbidden'],
  },
  'list-ops': {
    query: listOpsQuerySchema,
    answers: { 200: opListSchema },
    errors: [...VALUES, 'InvalidCursor', 'JobNotFound', 'AttemptNotFound', 'AnswerTooLarge', 'Forbidden'],
  },
  'list-children': {
    query: listChildrenQuerySchema,
    answers: { 200: childListSchema },
    errors: [...VALUES, 'InvalidCursor', 'JobNotFound', 'Forbidden'],
  },
  'explain-job': { answers: { 200: jobExplanationSchema }, errors: [...REQUEST, 'JobNotFound', 'Forbidden'] },
  'list-actions': {
    query: listActionsQuerySchema,
    answers: { 200: actionListSchema },
    errors: [...FIELDS, ...IN_PROJECT],
  },
  'cancel-job': {
    body: cancelJobBodySchema,
    answers: { 200: canceledSchema },
    errors: [...FIELDS, ...COMMAND, 'Forbidden', 'AlreadyStarted'],
  },
  'confirm-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'Forbidden'],
  },
  'approve-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'NotAnApprover', 'OwnerMayNotApprove', 'Forbidden'],
  },
  'reject-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'NotAnApprover', 'Forbidden'],
  },
  'reschedule-job': {
    body: rescheduleJobBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...VALUES, ...COMMAND, 'Forbidden', 'ChildOfParent'],
  },
  'rerun-job': {
    body: rerunJobBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...VALUES, ...COMMAND, 'Forbidden', 'ChildOfParent', 'ChildrenUnsettled'],
  },
  'roll-back-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'Forbidden', 'ChildOfParent', 'ChildrenUnsettled', 'NothingToUndo'],
  },
  'pause-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'Forbidden'],
  },
  'resume-job': {
    body: commentBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...FIELDS, ...COMMAND, 'Forbidden'],
  },
  'answer-trap': {
    body: answerTrapBodySchema,
    answers: { 200: jobShapeSchema },
    errors: [...VALUES, ...COMMAND, 'Forbidden'],
  },
  'change-priority': {
    body: changePriorityBodySchema,
    answers: { 200: priorityChangedSchema },
    errors: [...VALUES, ...COMMAND, 'Forbidden', 'OpNotFound', 'NothingPending'],
  },
  'add-note': {
    body: addNoteBodySchema,
    answers: { 201: entryShapeSchema },
    errors: [...VALUES, 'JobNotFound', 'Contended', 'Forbidden'],
  },
  'delete-job': {
    answers: { 204: null },
    errors: [...REQUEST, ...COMMAND, 'Forbidden', 'ChildOfParent', 'ChildrenUnsettled'],
  },
  'complete-op': {
    body: completeOpBodySchema,
    answers: { 204: null },
    errors: [...ANY, 'InvalidInput', 'InvalidValue', ...WORK, 'ResultTooLarge', 'Contended'],
  },
  'fail-op': {
    body: failOpBodySchema,
    answers: { 204: null },
    errors: [...VALUES, ...WORK, 'Contended'],
  },
  'heartbeat-op': { body: heartbeatBodySchema, answers: { 204: null }, errors: [...VALUES, ...WORK] },
  'log-op': {
    body: logBodySchema,
    answers: { 201: entryShapeSchema },
    errors: [...VALUES, ...WORK, 'Contended'],
  },
  'get-session': { answers: { 200: sessionSchema }, errors: [...REQUEST, 'InvalidName'] },
  'close-session': { answers: { 200: sessionClosedSchema }, errors: [...REQUEST, 'InvalidName'] },
  'list-queues': {
    query: listQueuesQuerySchema,
    answers: { 200: queueListSchema },
    errors: [...FIELDS, ...IN_PROJECT, 'QueueNotFound'],
  },
  'put-queue': {
    body: putQueueBodySchema,
    answers: { 200: queueShapeSchema },
    errors: [...VALUES, ...IN_PROJECT, 'Contended'],
  },
  'list-resources': {
    query: listSemaphoresQuerySchema,
    answers: { 200: resourceListSchema },
    errors: [...VALUES, ...IN_PAGES, 'ResourceNotFound'],
  },
  'put-resource': {
    body: putResourceBodySchema,
    answers: { 200: resourceShapeSchema },
    errors: [...VALUES, ...IN_PROJECT, 'Contended'],
  },
  'list-locks': {
    query: listSemaphoresQuerySchema,
    answers: { 200: lockListSchema },
    errors: [...VALUES, ...IN_PAGES, 'LockNotFound'],
  },
  'release-lock': {
    body: releaseLockBodySchema,
    answers: { 204: null },
    errors: [...VALUES, ...IN_PROJECT, 'JobNotFound', 'LockNotHeld', 'Contended'],
  },
  'list-schedules': {
    query: listSchedulesQuerySchema,
    answers: { 200: scheduleListSchema },
    errors: [...VALUES, ...IN_PAGES, 'AnswerTooLarge'],
  },
  'create-schedule': {
    body: createScheduleBodySchema,
    yaml: true,
    answers: { 201: scheduleShapeSchema },
    headers: { 201: ['Location'] },
    errors: [
      ...YAML_BODY,
      ...JOB,
      'ProjectRequired',
      'Forbidden',
      'QuotaExceeded',
      'InvalidScheduleExpression',
      'UnknownTimeZone',
    ],
  },
  'get-schedule': {
    answers: { 200: scheduleShapeSchema },
    errors: [...REQUEST, 'ScheduleNotFound', 'Forbidden'],
  },
  'edit-schedule': {
    body: editScheduleBodySchema,
    yaml: true,
    answers: { 200: scheduleShapeSchema },
    errors: [
      ...YAML_BODY,
      ...JOB,
      'Forbidden',
      'InvalidScheduleExpression',
      'UnknownTimeZone',
      'ScheduleNotFound',
      'ScheduleChanged',
    ],
  },
  'delete-schedule': {
    answers: { 204: null },
    errors: [...REQUEST, 'Forbidden', 'ScheduleNotFound', 'Contended'],
  },
  'run-schedule-now': {
    answers: { 201: jobShapeSchema },
    headers: { 201: ['Location'] },
    errors: [
      ...REQUEST,
      ...CHANGED_SINCE,
      'InvalidInput',
      'Forbidden',
      'ScheduleNotFound',
      'ScheduleRunning',
      'QuotaExceeded',
    ],
  },
  bulk: {
    body: bulkBodySchema,
    idempotent: true,
    answers: { 200: bulkDryRunSchema, 201: jobShapeSchema },
    headers: { 201: ['Location'] },
    errors: [...VALUES, ...IN_PROJECT, ...IDEMPOTENT, 'QuotaExceeded', 'Contended'],
  },
  republish: {
    body: republishBodySchema,
    answers: { 200: republishedSchema },
    errors: [...VALUES, ...IN_PAGES, 'JobNotFound', 'PublishingFailed'],
  },
} as const satisfies Record<string, RouteSchemas>;

/** What the API says of a route, whichever it is. */
export function routeSchemas(name: keyof typeof API): RouteSchemas {
  return API[name];
}
