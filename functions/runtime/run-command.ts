import { JOB_NOT_FOUND, refusedInProject } from '../../core/access/authorize.ts';
import { type Caller, sees } from '../../core/access/caller.ts';
import { COMMANDS, type CommandEvent, type CommandType } from '../../core/contract/bus-commands.ts';
import { type Refused, refused } from '../../core/contract/error-codes.ts';
import { isDeeperThan, jsonBytes, LIMITS } from '../../core/contract/limits.ts';
import { parseInput } from '../../core/contract/parse-input.ts';
import type { JobId } from '../../core/job/identifiers.ts';
import type { Job } from '../../core/job/job.ts';
import type { Deps } from '../../core/ports/deps.ts';
import { completeOp } from '../../core/usecases/complete-op.ts';
import { failOp } from '../../core/usecases/fail-op.ts';
import { permissionOfOp } from '../../core/usecases/permission-of-op.ts';
import { submitJob } from '../../core/usecases/submit-job.ts';
import { ROUTES } from '../api/routes.ts';
import { cancelAs } from './cancel-as.ts';
import { type Needed, permittedJob } from './permitted-job.ts';
import { submissionOf } from './submission-of.ts';

/** A job was made, changed, or had been by the same command before; or why not. */
export type CommandOutcome =
  | { readonly ok: true; readonly jobId: JobId }
  /** With the project that the command was about, where the caller may know. */
  | (Refused & { readonly project?: string });

/**
 * Does what a command from the bus says, with the permissions of the API's own routes. The bus delivers
 * at least once: what the same command has done before is done.
 */
export async function runCommand(deps: Deps, caller: Caller, event: CommandEvent): Promise<CommandOutcome> {
  const unreadable = refusedUnread(event.detail);
  if (unreadable !== null) return unreadable;
  switch (event['detail-type']) {
    case 'Submit Job':
      return submit(deps, caller, event);
    case 'Cancel Job': {
      const parsed = parseInput(COMMANDS['Cancel Job'], event.detail);
      if (!parsed.ok) return parsed;
      const { jobId, ...command } = parsed.value;
      return onJob(deps, caller, 'Cancel Job', jobId, async (job) =>
        isCanceledBy(caller, job) ? DONE : cancelAs(deps, caller, job, command),
      );
    }
    case 'Complete Op': {
      const parsed = parseInput(COMMANDS['Complete Op'], event.detail);
      if (!parsed.ok) return parsed;
      const { jobId, ...completion } = parsed.value;
      return onOp(deps, caller, 'Complete Op', parsed.value, async () =>
        unlessRepeated(await completeOp(deps, jobId, { ...completion, actor: caller.user })),
      );
    }
    case 'Fail Op': {
      const parsed = parseInput(COMMANDS['Fail Op'], event.detail);
      if (!parsed.ok) return parsed;
      const { jobId, ...failure } = parsed.value;
      return onOp(deps, caller, 'Fail Op', parsed.value, async () =>
        unlessRepeated(await failOp(deps, jobId, { ...failure, actor: caller.user })),
      );
    }
  }
}

/** The route that a command is another way to, whose permissions hold. */
const ROUTE_OF = {
  'Cancel Job': ROUTES['cancel-job'],
  'Complete Op': ROUTES['complete-op'],
  'Fail Op': ROUTES['fail-op'],
} as const satisfies Partial<Record<CommandType, unknown>>;

const DONE = { ok: true } as const;

/** Before any schema looks at it: deep nesting exhausts the stack. */
function refusedUnread(detail: unknown): Refused | null {
  if (isDeeperThan(detail, LIMITS.bodyDepth)) {
    return refused('TooDeep', `The detail has more than ${LIMITS.bodyDepth} levels of objects and arrays.`);
  }
  const bytes = jsonBytes(detail);
  if (bytes <= LIMITS.specBytes) return null;
  return refused('SpecTooLarge', `The detail has ${bytes} bytes; at most ${LIMITS.specBytes} are read.`);
}

async function submit(deps: Deps, caller: Caller, event: CommandEvent): Promise<CommandOutcome> {
  const parsed = parseInput(COMMANDS['Submit Job'], event.detail);
  if (!parsed.ok) return parsed;
  const { spec, idempotencyId = event.id } = parsed.value;
  const { project } = spec;
  const refusal = refusedInProject(caller, ROUTES['submit-job'].permission, project);
  if (refusal !== null) return { ...refusal, project };
  const submitted = await submitJob(deps, submissionOf(caller, spec, idempotencyId));
  return submitted.ok ? { ok: true, jobId: submitted.job.id } : { ...submitted, project };
}

/** As the routes of an op: who may answer for it depends on whose work it is. */
function onOp(
  deps: Deps,
  caller: Caller,
  command: keyof typeof ROUTE_OF,
  { jobId, op }: { readonly jobId: JobId; readonly op: number },
  perform: () => Promise<{ readonly ok: true } | Refused>,
): Promise<CommandOutcome> {
  const permissionOf = (job: Job) => permissionOfOp(deps, job.id, op);
  return onJob(deps, caller, command, jobId, perform, { permissionOf });
}

async function onJob(
  deps: Deps,
  caller: Caller,
  command: keyof typeof ROUTE_OF,
  jobId: JobId,
  perform: (job: Job) => Promise<{ readonly ok: true } | Refused>,
  also: Pick<Needed, 'permissionOf'> = {},
): Promise<CommandOutcome> {
  const found = await permittedJob(deps, caller, { ...ROUTE_OF[command], ...also }, jobId);
  const done = found.ok ? await perform(found.job) : found;
  if (done.ok) return { ok: true, jobId };
  // A job that was deleted meanwhile is like any other that is not there.
  if (done.refusal.code === 'JobNotFound') return JOB_NOT_FOUND;
  const job = await deps.store.readJob(jobId);
  return job !== null && sees(caller, job.project) ? { ...done, project: job.project } : done;
}

/** The same cancel came before: whatever it met then, the job is on its way to its end, or there. */
function isCanceledBy(caller: Caller, job: Job): boolean {
  return 'cancel' in job && job.cancel?.actor === caller.user;
}

function unlessRepeated(completed: { readonly ok: true } | Refused): { readonly ok: true } | Refused {
  return !completed.ok && completed.refusal.code === 'CompletionRepeated' ? DONE : completed;
}
