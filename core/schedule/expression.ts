import { type Cron, parseCron } from './cron.ts';
import { type Parsed, parsed, problem } from './parsed.ts';

/** When a schedule runs: at the times of a calendar, or in equal steps. */
export type Expression =
  | { readonly kind: 'cron'; readonly cron: Cron }
  | { readonly kind: 'rate'; readonly everyMs: number };

const MINUTE_MS = 60_000;
const UNITS_MS = new Map([
  ['minute', MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['day', 24 * 60 * MINUTE_MS],
]);

/** Ten years: whoever says more means something else. */
const LONGEST_RATE_MS = 3_650 * 24 * 60 * MINUTE_MS;

/** EventBridge Scheduler takes no longer ones. */
const EXPRESSION_CHARACTERS = 256;

/** `cron(...)` or `rate(...)` as EventBridge Scheduler understands it. */
export function parseExpression(text: string): Parsed<Expression> {
  if (text.length > EXPRESSION_CHARACTERS) {
    return problem(`must have at most ${EXPRESSION_CHARACTERS} characters`);
  }
  const [, cron] = /^cron\((.*)\)$/.exec(text) ?? [];
  if (cron !== undefined) {
    const fields = parseCron(cron);
    return fields.ok ? parsed({ kind: 'cron', cron: fields.value }) : fields;
  }
  const [, rate] = /^rate\((.*)\)$/.exec(text) ?? [];
  if (rate !== undefined) return parseRate(rate);
  return problem(
    "must be 'cron(minutes hours day-of-month month day-of-week year)' or 'rate(value unit)'; a single date goes into the job's own schedule",
  );
}

function parseRate(text: string): Parsed<Expression> {
  const [, value, unit = '', plural] = /^([1-9]\d{0,6}) (minute|hour|day)(s?)$/.exec(text.trim()) ?? [];
  const unitMs = UNITS_MS.get(unit);
  if (unitMs === undefined || (plural === '' && value !== '1')) {
    return problem("must be 'rate(value unit)' with a whole number and minutes, hours or days");
  }
  const everyMs = Number(value) * unitMs;
  return everyMs <= LONGEST_RATE_MS
    ? parsed({ kind: 'rate', everyMs })
    : problem('must not be longer than ten years');
}
