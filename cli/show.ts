import { stringify } from 'yaml';
import * as z from 'zod';
import type { Context } from './context.ts';

/** Shows an answer as somebody wants it. */
export function show(context: Context, body: unknown, table: () => string): void {
  const text = context.isQuiet ? idsOf(body).join('\n') : textOf(context, body, table);
  if (text !== '') context.terminal.stdout.write(`${text}\n`);
}

function textOf({ output }: Context, body: unknown, table: () => string): string {
  switch (output) {
    case 'table':
      return table();
    // What has no body has nothing to say to a program.
    case 'json':
      return body === null ? '' : JSON.stringify(body, null, 2);
    case 'yaml':
      return body === null ? '' : stringify(body).trimEnd();
  }
}

const thingSchema = z.looseObject({ id: z.string() });
const wrappedSchema = z.looseObject({ job: thingSchema });
const listSchema = z.looseObject({ items: z.array(z.unknown()) });

/** Of the thing, or of those in the list. */
function idsOf(body: unknown): readonly string[] {
  const list = listSchema.safeParse(body);
  if (list.success) return list.data.items.flatMap(idsOf);
  const wrapped = wrappedSchema.safeParse(body);
  if (wrapped.success) return [wrapped.data.job.id];
  const thing = thingSchema.safeParse(body);
  return thing.success ? [thing.data.id] : [];
}
