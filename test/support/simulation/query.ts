import jsonata from 'jsonata';
import type { Json } from '../../../core/op/references.ts';

/** What an expression may name: `$states` of the state it stands in. */
export interface StatesVariable {
  readonly input: Json;
  readonly context: Json;
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/** An expression that failed, or found nothing: Step Functions fails the state by this name. */
export class QueryError extends Error {
  override readonly name = 'States.QueryEvaluationError';
}

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** `$states.input.op`: nothing but names, which a walk answers as JSONata does where no list is met. */
const PLAIN_PATH = /^\$states((?:\.[A-Za-z]\w*)+)$/;

const compiled = new Map<string, jsonata.Expression>();

/** The expression between `{%` and `%}`; null for a text that is meant literally. */
export function expressionOf(text: string): string | null {
  return EXPRESSION.exec(text)?.[1]?.trim() ?? null;
}

/** The template with every expression in it replaced by its value. */
export async function evaluateTemplate(template: Json, states: StatesVariable): Promise<Json> {
  if (typeof template === 'string') {
    const expression = expressionOf(template);
    return expression === null ? template : evaluate(expression, states);
  }
  if (template === null || typeof template !== 'object') return template;
  if (Array.isArray(template)) {
    return Promise.all(template.map((item) => evaluateTemplate(item, states)));
  }
  const result: Record<string, Json> = {};
  for (const [key, item] of Object.entries(template)) result[key] = await evaluateTemplate(item, states);
  return result;
}

async function evaluate(expression: string, states: StatesVariable): Promise<Json> {
  const walked = walk(expression, states);
  if (walked !== undefined) return walked;
  let query = compiled.get(expression);
  if (query === undefined) {
    query = jsonata(expression);
    compiled.set(expression, query);
  }
  let value: unknown;
  try {
    value = await query.evaluate(undefined, { states });
  } catch (error) {
    throw new QueryError(`${expression}: ${error instanceof Error ? error.message : 'failed'}`);
  }
  if (value === undefined) throw new QueryError(`${expression}: found nothing`);
  return plain(value);
}

function walk(expression: string, states: StatesVariable): Json | undefined {
  const names = PLAIN_PATH.exec(expression)?.[1]?.slice(1).split('.');
  if (names === undefined) return undefined;
  let value: Json | undefined = { ...states };
  for (const name of names) {
    if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) {
      return undefined;
    }
    value = value[name];
  }
  return value;
}

/** JSONata's lists carry marks of its own; what a state hands on is JSON. */
function plain(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value));
  return json;
}
