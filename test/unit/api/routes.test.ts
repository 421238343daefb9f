import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../core/access/permissions.ts';
import { API } from '../../../core/contract/api.ts';
import { ROUTES } from '../../../functions/api/routes.ts';

const FOLDER = new URL('../../../functions/api/', import.meta.url);
const SUFFIX = '.lambda.ts';

const ENTRIES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

describe('the table of routes', () => {
  it('has one for every entry, and an entry for every one', () => {
    expect(ENTRIES.length).toBeGreaterThan(10);
    expect(ENTRIES.sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('has schemas for every one', () => {
    expect(Object.keys(API).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('names a permission that exists for every one that is not public', () => {
    for (const route of Object.values(ROUTES)) {
      if ('permission' in route) expect(PERMISSIONS).toContain(route.permission);
    }
  });

  it('has no method and path twice', () => {
    const addresses = Object.values(ROUTES).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it.each(ENTRIES)('is what %s declares itself by, in about fifty lines', (name) => {
    const source = readFileSync(new URL(`${name}${SUFFIX}`, FOLDER), 'utf8');
    const key = name.includes('-') ? `ROUTES['${name}']` : `ROUTES.${name}`;
    expect(source).toContain(key);
    expect(source.match(/ROUTES[.[]/g)).toHaveLength(1);
    expect(source).toMatch(/^export const handler = /m);
    expect(source.split('\n').length).toBeLessThanOrEqual(55);
  });
});
