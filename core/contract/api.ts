import type * as z from 'zod';
import { addNoteBodySchema } from './api/add-note.ts';
import { answerTrapBodySchema } from './api/answer-trap.ts';
import { bulkBodySchema, bulkDryRunSchema } from './api/bulk.ts';
import { canceledSchema, cancelJobBodySchema } from './api/cancel-job.ts';
import { changePriorityBodySchema, priorityChangedSchema } from './api/change-priority.ts';
import { commentBodySchema } from './api/comment.ts';
import { entryShapeSchema } from './api/entry-shape.ts';
import { getJobQuerySchema, jobAnswerSchema } from './api/get-job.ts';
import { jobShapeSchema } from './api/job-shape.ts';
import { actionListSchema, listActionsQuerySchema } from './api/list-actions.ts';
import { childListSchema, listChildrenQuerySchema } from './api/list-children.ts';
import { jobListSchema, listJobsQuerySchema } from './api/list-jobs.ts';
import { listOpsQuerySchema, opListSchema } from './api/list-ops.ts';
import { listQueuesQuerySchema, queueListSchema } from './api/list-queues.ts';
import { listSemaphoresQuerySchema, lockListSchema, resourceListSchema } from './api/list-semaphores.ts';
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
import { jobSpecSchema } from './job-spec.ts';

/** What a route takes and answers. A success without a body is `null`. */
interface RouteSchemas {
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
}

/**
 * The whole API as schemas, by the names of functions/api/routes.ts: what validates requests is what
 * documents them, and what tests hold the answers against. Functions import their own schemas alone.
 */
export const API = {
  'submit-job': {
    query: submitJobQuerySchema,
    body: jobSpecSchema,
    answers: { 200: dryRunSchema, 201: jobShapeSchema },
  },
  'submit-batch': { body: submitBatchBodySchema, answers: { 200: batchSubmittedSchema } },
  'list-jobs': { query: listJobsQuerySchema, answers: { 200: jobListSchema } },
  'get-job': { query: getJobQuerySchema, answers: { 200: jobAnswerSchema } },
  'read-journal': { query: readJournalQuerySchema, answers: { 200: journalSchema } },
  'list-ops': { query: listOpsQuerySchema, answers: { 200: opListSchema } },
  'list-children': { query: listChildrenQuerySchema, answers: { 200: childListSchema } },
  'explain-job': { answers: { 200: jobExplanationSchema } },
  'list-actions': { query: listActionsQuerySchema, answers: { 200: actionListSchema } },
  'cancel-job': { body: cancelJobBodySchema, answers: { 200: canceledSchema } },
  'confirm-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'approve-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'reject-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'reschedule-job': { body: rescheduleJobBodySchema, answers: { 200: jobShapeSchema } },
  'rerun-job': { body: rerunJobBodySchema, answers: { 200: jobShapeSchema } },
  'roll-back-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'pause-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'resume-job': { body: commentBodySchema, answers: { 200: jobShapeSchema } },
  'answer-trap': { body: answerTrapBodySchema, answers: { 200: jobShapeSchema } },
  'change-priority': { body: changePriorityBodySchema, answers: { 200: priorityChangedSchema } },
  'add-note': { body: addNoteBodySchema, answers: { 201: entryShapeSchema } },
  'delete-job': { answers: { 204: null } },
  'complete-op': { body: completeOpBodySchema, answers: { 204: null } },
  'fail-op': { body: failOpBodySchema, answers: { 204: null } },
  'heartbeat-op': { body: heartbeatBodySchema, answers: { 204: null } },
  'log-op': { body: logBodySchema, answers: { 201: entryShapeSchema } },
  'get-session': { answers: { 200: sessionSchema } },
  'close-session': { answers: { 200: sessionClosedSchema } },
  'list-queues': { query: listQueuesQuerySchema, answers: { 200: queueListSchema } },
  'put-queue': { body: putQueueBodySchema, answers: { 200: queueShapeSchema } },
  'list-resources': { query: listSemaphoresQuerySchema, answers: { 200: resourceListSchema } },
  'put-resource': { body: putResourceBodySchema, answers: { 200: resourceShapeSchema } },
  'list-locks': { query: listSemaphoresQuerySchema, answers: { 200: lockListSchema } },
  'release-lock': { body: releaseLockBodySchema, answers: { 204: null } },
  'list-schedules': { query: listSchedulesQuerySchema, answers: { 200: scheduleListSchema } },
  'create-schedule': { body: createScheduleBodySchema, answers: { 201: scheduleShapeSchema } },
  'get-schedule': { answers: { 200: scheduleShapeSchema } },
  'edit-schedule': { body: editScheduleBodySchema, answers: { 200: scheduleShapeSchema } },
  'delete-schedule': { answers: { 204: null } },
  'run-schedule-now': { answers: { 201: jobShapeSchema } },
  bulk: { body: bulkBodySchema, answers: { 200: bulkDryRunSchema, 201: jobShapeSchema } },
  republish: { body: republishBodySchema, answers: { 200: republishedSchema } },
} as const satisfies Record<string, RouteSchemas>;
