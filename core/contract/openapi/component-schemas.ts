import * as z from 'zod';
import { PUBLISHED } from '../published.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Where a component of this name stands in the document. */
export function schemaRef(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * Schemas as JSON Schema, which refer to each other by these names.
 *
 * @param io `input`: as callers send them; `output`: as answers show them, with their defaults
 */
export function componentSchemas(
  schemas: Readonly<Record<string, z.ZodType>>,
  io: 'input' | 'output',
): Readonly<Record<string, JsonSchema>> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) names.add(schema, { id });
  const made = z.toJSONSchema(names, {
    io,
    uri: (id) => schemaRef(id).$ref,
    override: (context) => publish(context, io),
  });
  // A schema that no component is, and that something refers to all the same, would have no stable name.
  const unnamed = Object.keys(made.schemas).filter((name) => !Object.hasOwn(schemas, name));
  if (unnamed.length > 0)
    throw new Error(`schemas without a name: ${JSON.stringify(made.schemas['__shared'])}`);
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $id: _id, $schema: _schema, ...schema }]) => [name, schema]),
  );
}

/**
 * Says what zod cannot know of a rule that is code, and keeps the default of what is read from text.
 * Answers may get new fields, so that a client must take what it does not know.
 */
function publish(
  { zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema },
  io: 'input' | 'output',
): void {
  const published = PUBLISHED.get(zodSchema);
  if (published !== undefined) {
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, published);
  }
  const { def } = zodSchema._zod;
  if (def.type === 'default') jsonSchema.default = def.defaultValue;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  // A format says it in a word; so does `integer` of what every integer is.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
