import { secondsOf } from '../../../core/contract/duration.ts';
import { completionOf, lambdaResultSchema } from '../../../core/contract/lambda-result.ts';
import type { Completion, Outcome } from '../../../core/job/complete-op.ts';
import type { JobId } from '../../../core/job/identifiers.ts';
import type { JournalEntry } from '../../../core/job/journal-entry.ts';
import { plannedCall } from '../../../core/job/plan.ts';
import type { Json } from '../../../core/op/references.ts';
import type { ActionCall, Dispatched } from '../../../core/ports/actions.ts';
import { resultTooLarge } from '../../../core/usecases/complete-try.ts';
import { dispatchBuiltIn } from '../../../functions/adapters/actions/built-in-action.ts';
import { behaviourOf } from './behaviour-of.ts';
import type { Tried } from './control-plane.ts';
import { checkInput } from './input-checks.ts';
import type { Behaviour } from './job-plan.ts';
import type { World } from './world.ts';

/** How late a completion may come, of those that come late. */
const LATE_MS = 600_000;
const CLIENT_RETRY_MS = 3_000;

/** What stands behind the actions: functions, workers, and the built-in ones. */
export class Targets {
  readonly #world: World;
  /** Tries that reached their target, by name. */
  readonly #reached = new Set<string>();
  readonly #beats = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  dispatch(action: string, call: ActionCall): Dispatched {
    const tried = triedOf(call);
    this.#reached.add(nameOf(tried));
    checkInput(this.#world.ledger, tried.jobId, { attempt: tried.attempt, index: tried.op }, call.input);
    if (action === 'function') {
      this.#world.background(this.#runFunction(call));
      return { kind: 'accepted' };
    }
    return dispatchBuiltIn(action, call.input);
  }

  wasReached(tried: Tried): boolean {
    return this.#reached.has(nameOf(tried));
  }

  /** Whether the worker of this try has sent a heartbeat. */
  hasBeaten(tried: Tried): boolean {
    return this.#beats.has(nameOf(tried));
  }

  behaviourOf(tried: Tried): Behaviour {
    const plan = this.#world.planOf(tried.jobId);
    return plan === undefined ? { kind: 'silent' } : behaviourOf(plan, tried);
  }

  /** The `Op Ready` event of an external op has come to its worker. */
  async ready(entry: JournalEntry): Promise<void> {
    const { ready, op } = entry;
    if (ready === undefined || op === undefined) return;
    const tried = { jobId: entry.jobId, attempt: entry.attempt, op: op.index, try: ready.try };
    this.#reached.add(nameOf(tried));
    const behaviour = this.behaviourOf(tried);
    if (behaviour.kind === 'silent') return;
    await this.#work(tried, behaviour.afterMs);
    const outcome = this.#workersOutcome(behaviour);
    const completion = { ...tried, outcome, actor: 'worker' };
    await this.#completeByApi(tried.jobId, completion);
    if (this.#world.faults.happens('duplicate')) {
      await this.#world.delay(this.#world.random.int(0, LATE_MS));
      this.#world.coverage.saw('duplicate completion');
      await this.#completeByApi(tried.jobId, completion);
    }
  }

  /** Works for so long, heartbeating where the op wants it; some workers forget to. */
  async #work(tried: Tried, milliseconds: number): Promise<void> {
    const { ledger, random } = this.#world;
    const spec = ledger.get(tried.jobId)?.spec;
    const heartbeat = spec === undefined ? undefined : plannedCall(spec, tried.op)?.call.heartbeat;
    if (heartbeat === undefined || random.chance(0.2)) return this.#world.delay(milliseconds);
    const beatMs = Math.max(500, (secondsOf(heartbeat) * 1000) / 3);
    for (let left = milliseconds; left > 0; left -= beatMs) {
      await this.#world.delay(Math.min(left, beatMs));
      const beaten = await this.#world.api('heartbeat', (deps) =>
        this.#world.controlPlane.heartbeat(deps, tried),
      );
      if (beaten.kind !== 'returned') continue;
      if (beaten.value === 'closed') return;
      this.#beats.add(nameOf(tried));
    }
  }

  /** A result that the API would refuse is not sent; its worker fails instead. */
  #workersOutcome(behaviour: Exclude<Behaviour, { kind: 'silent' }>): Outcome {
    if (behaviour.kind === 'fail') return failed(behaviour.code);
    if (behaviour.result !== undefined && resultTooLarge(behaviour.result) !== null)
      return failed('TooLarge');
    return behaviour.result === undefined
      ? { kind: 'succeeded' }
      : { kind: 'succeeded', result: behaviour.result };
  }

  /** A worker asks until it is answered. */
  async #completeByApi(jobId: JobId, completion: Completion): Promise<void> {
    for (;;) {
      const ended = await this.#world.api(
        `complete op ${completion.op}, try ${completion.try}`,
        (deps) => this.#world.complete(deps, jobId, completion),
        { completes: completion },
      );
      if (ended.kind === 'returned') return;
      await this.#world.delay(CLIENT_RETRY_MS);
    }
  }

  /** The team's function runs, and Lambda sends what became of it to our destination. */
  async #runFunction(call: ActionCall): Promise<void> {
    const world = this.#world;
    const behaviour = this.behaviourOf(triedOf(call));
    if (behaviour.kind === 'silent') return;
    await world.delay(behaviour.afterMs);
    if (world.faults.happens('late')) await world.delay(world.random.int(0, LATE_MS));
    const record = {
      requestContext: {
        requestId: `request-${call.nonce}`,
        functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:function:live',
        condition: conditionOf(behaviour),
      },
      requestPayload: call,
      ...(behaviour.kind === 'fail'
        ? { responsePayload: { errorType: behaviour.code, errorMessage: messageOf(behaviour) } }
        : behaviour.result === undefined
          ? {}
          : { responsePayload: behaviour.result }),
    };
    const json: Json = JSON.parse(JSON.stringify(record));
    const twice = world.faults.happens('duplicate');
    await this.#takeRecord(`lambda-result op ${call.op.index}, try ${call.try}`, json);
    if (!twice) return;
    await world.delay(world.random.int(0, LATE_MS));
    world.coverage.saw('duplicate completion');
    await this.#takeRecord(`lambda-result again op ${call.op.index}, try ${call.try}`, json);
  }

  /** As functions/events/lambda-result.lambda.ts does. */
  async #takeRecord(name: string, json: Json): Promise<void> {
    const { jobId, completion } = completionOf(lambdaResultSchema.parse(json));
    await this.#world.invokeAsync(
      name,
      async (deps) => {
        await this.#world.complete(deps, jobId, completion);
      },
      { completes: completion },
    );
  }
}

function conditionOf(behaviour: Exclude<Behaviour, { kind: 'silent' }>): string {
  if (behaviour.kind === 'succeed') return 'Success';
  return behaviour.code === 'Unreachable' ? 'EventAgeExceeded' : 'RetriesExhausted';
}

function messageOf({ verbose }: Extract<Behaviour, { kind: 'fail' }>): string {
  return verbose ? 'and another line\n'.repeat(20_000) : 'the function failed';
}

function failed(code: string): Outcome {
  return { kind: 'failed', error: { code, message: 'the worker failed' } };
}

function triedOf(call: ActionCall): Tried {
  const { jobId, attempt, op } = lambdaResultSchema.shape.requestPayload.parse(call);
  return { jobId, attempt, op: op.index, try: call.try };
}

function nameOf({ jobId, attempt, op, try: number }: Tried): string {
  return `${jobId}/${attempt}/${op}/${number}`;
}
