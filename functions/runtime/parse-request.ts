import type * as z from 'zod';
import { nothingSchema } from '../../core/contract/api/parameters.ts';
import type { Refused } from '../../core/contract/error-codes.ts';
import { parseInput } from '../../core/contract/parse-input.ts';
import { type HttpEvent, pathParametersOf, queryOf } from './http-event.ts';
import { type BodyReading, requestBody } from './request-body.ts';

/** What a route takes. A key that its schemas do not have is refused. */
export interface RequestSchemas<Params, Query, Body> extends BodyReading {
  /** Of the path parameters beside a job's `id`. */
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  readonly body: z.ZodType<Body>;
}

/** What a route's declaration begins with; it says then what it does take. */
export const TAKES_NOTHING = {
  params: nothingSchema,
  query: nothingSchema,
  body: nothingSchema,
  tooLarge: 'MessageTooLarge',
} as const;

export interface ParsedRequest<Params, Query, Body> {
  readonly ok: true;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** All three parts by their schemas, or what is wrong with the first that is. */
export function parseRequest<Params, Query, Body>(
  event: HttpEvent,
  schemas: RequestSchemas<Params, Query, Body>,
): ParsedRequest<Params, Query, Body> | Refused {
  const { id: _job, ...others } = pathParametersOf(event);
  const params = parseInput(schemas.params, others);
  if (!params.ok) return params;
  const query = parseInput(schemas.query, queryOf(event));
  if (!query.ok) return query;
  const sent = requestBody(event, schemas);
  if (!sent.ok) return sent;
  const body = parseInput(schemas.body, sent.value);
  if (!body.ok) return body;
  return { ok: true, params: params.value, query: query.value, body: body.value };
}
