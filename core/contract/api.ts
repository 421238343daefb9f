import type * as z from 'zod';
import { addNoteBodySchema } from './api/add-note.ts';
import { canceledSchema, cancelJobBodySchema } from './api/cancel-job.ts';
import { entryShapeSchema } from './api/entry-shape.ts';
import { getJobQuerySchema, jobAnswerSchema } from './api/get-job.ts';
import { jobShapeSchema } from './api/job-shape.ts';
import { actionListSchema, listActionsQuerySchema } from './api/list-actions.ts';
import { jobListSchema, listJobsQuerySchema } from './api/list-jobs.ts';
import { listOpsQuerySchema, opListSchema } from './api/list-ops.ts';
import { journalSchema, readJournalQuerySchema } from './api/read-journal.ts';
import { republishBodySchema, republishedSchema } from './api/republish.ts';
import { dryRunSchema, submitJobQuerySchema } from './api/submit-job.ts';
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
  'list-jobs': { query: listJobsQuerySchema, answers: { 200: jobListSchema } },
  'get-job': { query: getJobQuerySchema, answers: { 200: jobAnswerSchema } },
  'read-journal': { query: readJournalQuerySchema, answers: { 200: journalSchema } },
  'list-ops': { query: listOpsQuerySchema, answers: { 200: opListSchema } },
  'list-actions': { query: listActionsQuerySchema, answers: { 200: actionListSchema } },
  'cancel-job': { body: cancelJobBodySchema, answers: { 200: canceledSchema } },
  'add-note': { body: addNoteBodySchema, answers: { 201: entryShapeSchema } },
  'delete-job': { answers: { 204: null } },
  'complete-op': { body: completeOpBodySchema, answers: { 204: null } },
  'fail-op': { body: failOpBodySchema, answers: { 204: null } },
  'heartbeat-op': { body: heartbeatBodySchema, answers: { 204: null } },
  'log-op': { body: logBodySchema, answers: { 201: entryShapeSchema } },
  republish: { body: republishBodySchema, answers: { 200: republishedSchema } },
} as const satisfies Record<string, RouteSchemas>;
