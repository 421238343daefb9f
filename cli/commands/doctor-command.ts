import { lookup } from 'node:dns/promises';
import { jobListSchema } from '../../core/contract/api/list-jobs.ts';
import { type Command, command } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { claimsOf } from '../login/claims.ts';
import { type Finding, renderFindings } from '../render/findings.ts';
import { age, lasting } from '../render/moment.ts';
import { show } from '../show.ts';

/** A request that takes longer helps nobody. */
const REACH_LIMIT_MS = 10_000;

/** From here on tokens are refused that are good, or taken that are not. */
const SKEW_LIMIT_SECONDS = 60;

/** Each looks at one part, and says what it saw; what it throws is what does not work. */
const CHECKS: readonly (readonly [string, (context: Context) => Promise<string>])[] = [
  ['profile', profileIsThere],
  ['name', nameResolves],
  ['clock', clocksAgree],
  ['token', tokenIsGood],
  ['api', apiAnswers],
  ['permissions', groupsAreThere],
];

const doctor = command({
  name: 'doctor',
  summary: 'Say what works, and what does not: profile, network, clock, token, API, permissions',
  calls: ['list-jobs'],
  examples: ['jobplane doctor'],
  arguments: {},
  options: {},
  async run(_input, context) {
    const findings: Finding[] = [];
    for (const [name, check] of CHECKS) findings.push(await finding(name, () => check(context)));
    show(context, { checks: findings }, () => renderFindings(findings, context.style));
    return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.unsuccessful;
  },
});

async function finding(name: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const advice = error instanceof Failure ? error.advice : undefined;
    return { name, ok: false, detail, ...(advice === undefined ? {} : { advice }) };
  }
}

async function profileIsThere(context: Context): Promise<string> {
  const { env } = context.terminal;
  if (env['JOBPLANE_API'] !== undefined) return `the environment says ${env['JOBPLANE_API']}`;
  const { name, apiUrl } = await context.profile();
  return `'${name}' in ${context.profiles.configFile} says ${apiUrl}`;
}

async function nameResolves(context: Context): Promise<string> {
  const { hostname } = new URL(await apiUrlOf(context));
  const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''));
  return `${hostname} is ${address}`;
}

/** Any answer will do: the gateway in front of the API dates them all. */
async function clocksAgree(context: Context): Promise<string> {
  const { terminal } = context;
  const url = await apiUrlOf(context);
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(REACH_LIMIT_MS)]);
  const response = await fetch(`${url}/jobs`, { signal });
  const date = response.headers.get('date');
  if (date === null) return 'the API answers, but does not say its time';
  const skew = Math.round((terminal.now() - Date.parse(date)) / 1_000);
  if (Math.abs(skew) < SKEW_LIMIT_SECONDS) return `within ${SKEW_LIMIT_SECONDS} s of the API's`;
  throw new Failure(`is ${lasting(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the API's`, {
    exitCode: EXIT.unsuccessful,
    advice: 'Set the clock of this computer: tokens are good by the clock.',
  });
}

async function tokenIsGood(context: Context): Promise<string> {
  const claims = claimsOf(await context.token());
  if (claims === null) return 'there is one, which is no JSON Web Token';
  const { user, expiresAt } = claims;
  if (expiresAt === undefined) return `of ${user}, without an end`;
  const end = age(new Date(expiresAt).toISOString(), context.style);
  if (expiresAt > context.terminal.now()) return `of ${user}, expires ${end}`;
  throw new Failure(`of ${user}, expired ${end}`, {
    exitCode: EXIT.unsuccessful,
    advice: 'Run jobplane login, or set another JOBPLANE_TOKEN.',
  });
}

async function apiAnswers(context: Context): Promise<string> {
  const api = await context.api();
  const project = await context.project();
  const startedAt = performance.now();
  const query = { project, limit: 1 };
  try {
    await api.ask({ route: 'list-jobs', query }, jobListSchema);
  } catch (error) {
    // Of somebody with several projects the API wants to know which: it has answered all the same.
    if (!(error instanceof Failure) || error.problem?.code !== 'ProjectRequired') throw error;
  }
  return `answered within ${Math.round(performance.now() - startedAt)} ms`;
}

/** Where another issuer's groups are in a claim of another name, the API alone knows them. */
async function groupsAreThere(context: Context): Promise<string> {
  const groups = claimsOf(await context.token())?.groups ?? [];
  if (groups.length > 0) return `by your groups: ${groups.join(', ')}`;
  await apiAnswers(context);
  return 'the API takes you, by groups that only it can read';
}

async function apiUrlOf(context: Context): Promise<string> {
  return context.terminal.env['JOBPLANE_API'] ?? (await context.profile()).apiUrl;
}

/** Looks at each part by itself. */
export const DOCTOR_COMMANDS: readonly Command[] = [doctor];
