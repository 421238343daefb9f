import type * as z from 'zod';
import { jobErrorSchema } from '../../job/job-error.ts';
import { addNoteBodySchema } from '../api/add-note.ts';
import { answerTrapBodySchema } from '../api/answer-trap.ts';
import { bulkBodySchema, bulkDryRunSchema } from '../api/bulk.ts';
import { canceledSchema, cancelJobBodySchema } from '../api/cancel-job.ts';
import { changePriorityBodySchema, priorityChangedSchema } from '../api/change-priority.ts';
import { commentBodySchema } from '../api/comment.ts';
import { entryShapeSchema } from '../api/entry-shape.ts';
import { jobAnswerSchema } from '../api/get-job.ts';
import { jobShapeSchema } from '../api/job-shape.ts';
import { holderSchema, waiterSchema } from '../api/line-shape.ts';
import { actionListSchema } from '../api/list-actions.ts';
import { childListSchema, childrenShapeSchema } from '../api/list-children.ts';
import { jobListSchema } from '../api/list-jobs.ts';
import { opListSchema } from '../api/list-ops.ts';
import { queueListSchema } from '../api/list-queues.ts';
import { lockListSchema, resourceListSchema } from '../api/list-semaphores.ts';
import { opShapeSchema } from '../api/op-shape.ts';
import { openApiDocumentSchema } from '../api/open-api-document.ts';
import { problemSchema } from '../api/problem.ts';
import { putQueueBodySchema } from '../api/put-queue.ts';
import { putResourceBodySchema } from '../api/put-resource.ts';
import { queueShapeSchema } from '../api/queue-shape.ts';
import { journalSchema } from '../api/read-journal.ts';
import { releaseLockBodySchema } from '../api/release-lock.ts';
import { republishBodySchema, republishedSchema } from '../api/republish.ts';
import { rerunJobBodySchema } from '../api/rerun-job.ts';
import { rescheduleJobBodySchema } from '../api/reschedule-job.ts';
import { scheduleShapeSchema } from '../api/schedule-shape.ts';
import { createScheduleBodySchema, editScheduleBodySchema, scheduleListSchema } from '../api/schedules.ts';
import { lockShapeSchema, resourceShapeSchema } from '../api/semaphore-shape.ts';
import { sessionClosedSchema, sessionSchema } from '../api/session.ts';
import { batchJobSchema, batchSubmittedSchema, submitBatchBodySchema } from '../api/submit-batch.ts';
import { dryRunSchema } from '../api/submit-job.ts';
import { jobExplanationSchema } from '../api/why.ts';
import {
  completeOpBodySchema,
  failOpBodySchema,
  heartbeatBodySchema,
  logBodySchema,
} from '../api/worker-verbs.ts';
import {
  childrenSchema,
  childTemplateSchema,
  jobSpecSchema,
  opSchema,
  opsSchema,
  retrySchema,
  rollbackSchema,
  submittedSpecSchema,
  trapSchema,
} from '../job-spec.ts';
import { anyJsonSchema } from '../published.ts';

/**
 * The shapes that the document names. Generated clients are written in these names, so one that is
 * published does not change. What callers send, as it is before defaults are put in.
 */
export const SENT = {
  AnyJson: anyJsonSchema,
  JobSpec: submittedSpecSchema,
  OpSpec: opSchema,
  OpSpecs: opsSchema,
  RollbackSpec: rollbackSchema,
  RetrySpec: retrySchema,
  TrapSpec: trapSchema,
  ChildrenSpec: childrenSchema,
  ChildTemplate: childTemplateSchema,
  JobBatch: submitBatchBodySchema,
  BatchJob: batchJobSchema,
  Comment: commentBodySchema,
  Note: addNoteBodySchema,
  Cancel: cancelJobBodySchema,
  Reschedule: rescheduleJobBodySchema,
  Rerun: rerunJobBodySchema,
  TrapAnswer: answerTrapBodySchema,
  PriorityChange: changePriorityBodySchema,
  Completion: completeOpBodySchema,
  Failure: failOpBodySchema,
  Heartbeat: heartbeatBodySchema,
  LogLine: logBodySchema,
  QueueLimits: putQueueBodySchema,
  ResourceLimits: putResourceBodySchema,
  LockRelease: releaseLockBodySchema,
  NewSchedule: createScheduleBodySchema,
  ScheduleEdit: editScheduleBodySchema,
  Bulk: bulkBodySchema,
  Republish: republishBodySchema,
} as const satisfies Record<string, z.ZodType>;

/** What Jobplane answers, defaults put in. */
export const ANSWERED = {
  AnyJson: anyJsonSchema,
  Problem: problemSchema,
  JobError: jobErrorSchema,
  Job: jobShapeSchema,
  JobWithViews: jobAnswerSchema,
  JobList: jobListSchema,
  DryRun: dryRunSchema,
  StoredJobSpec: jobSpecSchema,
  StoredOpSpec: opSchema,
  StoredOpSpecs: opsSchema,
  StoredRollbackSpec: rollbackSchema,
  StoredRetrySpec: retrySchema,
  StoredTrapSpec: trapSchema,
  StoredChildrenSpec: childrenSchema,
  StoredChildTemplate: childTemplateSchema,
  JobBatchAnswer: batchSubmittedSchema,
  Canceled: canceledSchema,
  PriorityChanged: priorityChangedSchema,
  JournalEntry: entryShapeSchema,
  Journal: journalSchema,
  Op: opShapeSchema,
  OpList: opListSchema,
  ChildrenSummary: childrenShapeSchema,
  ChildList: childListSchema,
  Explanation: jobExplanationSchema,
  ActionList: actionListSchema,
  Session: sessionSchema,
  SessionClosed: sessionClosedSchema,
  Holder: holderSchema,
  Waiter: waiterSchema,
  Queue: queueShapeSchema,
  QueueList: queueListSchema,
  Resource: resourceShapeSchema,
  ResourceList: resourceListSchema,
  Lock: lockShapeSchema,
  LockList: lockListSchema,
  Schedule: scheduleShapeSchema,
  ScheduleList: scheduleListSchema,
  BulkDryRun: bulkDryRunSchema,
  Republished: republishedSchema,
  OpenApiDocument: openApiDocumentSchema,
} as const satisfies Record<string, z.ZodType>;
