import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { StackFile } from '../../local/stack-file.ts';
import type { ControlFunction } from './control-functions.ts';

/** Durations of all invocations of a function in a stretch of time. */
export interface Invocations {
  readonly of: ControlFunction;
  readonly durationsMs: readonly number[];
}

const eventsSchema = z.object({ events: z.array(z.object({ message: z.string() })) });

/** The line that Lambda writes at the end of each invocation. */
const REPORT = /^REPORT .*\tDuration: (?<ms>[\d.]+) ms/;

/** Nothing has been invoked for this long: the journal's publisher is done too. */
const QUIET_MS = 2_000;
const QUIET_WITHIN_MS = 60_000;

/** Every invocation of these functions that ended at or after this moment. */
export async function invocationsSince(
  stack: StackFile,
  functions: readonly ControlFunction[],
  sinceMs: number,
): Promise<readonly Invocations[]> {
  const all: Invocations[] = [];
  for (const of of functions) {
    const lines = await logLines(stack, of.logGroup, sinceMs);
    const durationsMs = lines.flatMap((line) => {
      const ms = REPORT.exec(line)?.groups?.['ms'];
      return ms === undefined ? [] : [Number(ms)];
    });
    if (durationsMs.length > 0) all.push({ of, durationsMs });
  }
  return all;
}

/** The invocations since this moment, once no more come. */
export async function settledInvocations(
  stack: StackFile,
  functions: readonly ControlFunction[],
  sinceMs: number,
): Promise<readonly Invocations[]> {
  const deadline = Date.now() + QUIET_WITHIN_MS;
  let before = -1;
  for (;;) {
    const all = await invocationsSince(stack, functions, sinceMs);
    const count = all.reduce((total, { durationsMs }) => total + durationsMs.length, 0);
    if (count === before) return all;
    if (Date.now() > deadline) throw new Error('functions are invoked on and on, though no job runs');
    before = count;
    await pause(QUIET_MS);
  }
}

/** Asked as AWS's clients ask, whose package for logs nothing else here needs. */
async function logLines(
  stack: StackFile,
  logGroupName: string,
  startTime: number,
): Promise<readonly string[]> {
  const response = await fetch(stack.emulatorUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    },
    body: JSON.stringify({ logGroupName, startTime, filterPattern: 'REPORT' }),
  });
  // The construct makes the group, so only a wrong name is missing: that must not read as no invocation.
  if (!response.ok) throw new Error(`${logGroupName}: ${response.status} ${await response.text()}`);
  return eventsSchema.parse(await response.json()).events.map(({ message }) => message);
}
