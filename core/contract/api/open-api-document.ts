import * as z from 'zod';

/** `GET /openapi.json`: the document that describes this API, which says more of itself than this. */
export const openApiDocumentSchema = z.looseObject({
  openapi: z.literal('3.1.1'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()),
});
