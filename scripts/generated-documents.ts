import { eventSchemas } from './event-schemas.ts';

/**
 * Every document of the repository that is made from its code, by its path: `npm run schemas` writes
 * them, and a test fails while one of them is not what the code says.
 */
export function generatedDocuments(): ReadonlyMap<string, string> {
  return new Map([...eventSchemas()]);
}
