import type * as z from 'zod';
import type { ApiRequest } from '../api/api-client.ts';
import type { Context } from '../context.ts';

interface Page {
  readonly items: readonly unknown[];
  readonly cursor?: string | undefined;
}

/**
 * A page of a list, or all of them as one: their items behind each other, and the rest as on the first.
 * The body of a single page stays untouched.
 */
export async function allPages<Schema extends z.ZodType<Page>>(
  context: Context,
  schema: Schema,
  isAll: boolean,
  request: (cursor: { readonly cursor?: string }) => ApiRequest,
): Promise<{ readonly body: unknown; readonly value: z.output<Schema> }> {
  const api = await context.api();
  const first = await api.ask(request({}), schema);
  let { cursor } = first.value;
  if (!isAll || cursor === undefined) return first;
  const items = [...first.value.items];
  while (cursor !== undefined) {
    const page: z.output<Schema> = (await api.ask(request({ cursor }), schema)).value;
    items.push(...page.items);
    cursor = page.cursor;
  }
  const { cursor: _cursor, ...rest } = first.value;
  const body = { ...rest, items };
  return { body, value: schema.parse(body) };
}
