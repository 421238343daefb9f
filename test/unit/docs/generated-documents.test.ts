import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedDocuments } from '../../../scripts/generated-documents.ts';

const documents = generatedDocuments();

describe('the documents that are made from the code', () => {
  it.each([...documents])('%s says what the code says; if not: npm run schemas', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('are all the schemas of events that there are', () => {
    const files = readdirSync('docs/events').map((file) => `docs/events/${file}`);
    expect([...documents.keys()].filter((path) => path.startsWith('docs/events/')).sort()).toEqual(
      files.sort(),
    );
  });
});
