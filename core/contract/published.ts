import * as z from 'zod';

/**
 * What the published document says of a schema whose rule is code, or that reads text as something else:
 * as much of the rule as JSON Schema can say, so that a caller's tools refuse what Jobplane would.
 */
export const PUBLISHED = z.registry<z.core.JSONSchema.BaseSchema>();

/** Any JSON: one schema for all places, so that the document names it once. */
export const anyJsonSchema = z.json().register(PUBLISHED, { description: 'Any JSON value.' });
