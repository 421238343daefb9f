import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { API, routeSchemas } from '../../../core/contract/api.ts';
import { ERRORS } from '../../../core/contract/error-codes.ts';
import { ANSWERED, SENT } from '../../../core/contract/openapi/components.ts';
import { EXAMPLES } from '../../../core/contract/openapi/examples.ts';
import { openApi } from '../../../core/contract/openapi/open-api.ts';
import { ROUTES, type RouteName } from '../../../functions/api/routes.ts';
import { checkComponent, PUBLISHED_API, pathOf } from '../../support/published-api.ts';

const STORED = new URL('../../../docs/openapi.json', import.meta.url);

const NAMES = Object.keys(ROUTES).filter((name): name is RouteName => Object.hasOwn(ROUTES, name));

const operationOf = (name: RouteName): object => {
  const item = Object.entries(PUBLISHED_API.paths).find(([path]) => path === pathOf(name))?.[1] ?? {};
  const operation: unknown = Object.entries(item).find(
    ([method]) => method === ROUTES[name].method.toLowerCase(),
  )?.[1];
  return Object(operation);
};

describe('the document of the API', () => {
  it('is the one that is deployed: npm run openapi writes it', () => {
    expect(JSON.parse(readFileSync(STORED, 'utf8'))).toEqual(JSON.parse(JSON.stringify(openApi(ROUTES))));
  });

  it('has nothing that a linter would change', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: RULES });
    const problems = await lintFromString({ source: JSON.stringify(PUBLISHED_API), config });
    const found = problems.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
    );
    expect(found).toEqual([]);
  });

  it.each(NAMES)('has %s, by that name, and who may ask it', (name) => {
    const route = ROUTES[name];
    expect(operationOf(name)).toMatchObject({
      operationId: name,
      ...('permission' in route ? { 'x-permission': route.permission } : { security: [] }),
    });
  });

  it.each(NAMES)('says once for %s which codes it may refuse with, each under its status', (name) => {
    const { errors } = routeSchemas(name);
    expect(new Set(errors).size).toBe(errors.length);
    const statuses = new Set(errors.map((code) => ERRORS[code].status));
    const declared = Object.keys(Object(Object(operationOf(name)).responses)).map(Number);
    expect(declared.filter((status) => status >= 400)).toEqual(
      [...statuses].sort((one, other) => one - other),
    );
  });

  it('is made in far less than a second', () => {
    const startedAt = performance.now();
    openApi(ROUTES);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

/** What the rules ask beyond this API: its licence, and a 4xx of the document that everybody may read. */
const RULES = { 'info-license': 'off', 'operation-4xx-response': 'off' } as const;

describe('an example', () => {
  const sent = Object.entries(SENT).filter(([name]) => Object.hasOwn(EXAMPLES, name));
  const answered = Object.entries(ANSWERED).filter(([name]) => Object.hasOwn(EXAMPLES, name));
  const exampleOf = (name: string): unknown => Object.entries(EXAMPLES).find(([key]) => key === name)?.[1];

  it('is there of each body and each answer, and of nothing else', () => {
    const used = Object.values(API).flatMap((route) => [
      ...('body' in route ? [route.body] : []),
      ...Object.values(route.answers).filter((answer) => answer !== null),
    ]);
    const named = [...Object.entries(SENT), ...Object.entries(ANSWERED)].filter(([, schema]) =>
      used.some((each) => each === schema),
    );
    expect(Object.keys(EXAMPLES).sort()).toEqual(
      [...new Set(named.map(([name]) => name))].filter((name) => name !== 'StoredJobSpec').sort(),
    );
  });

  it.each([...sent, ...answered])(
    'of %s is valid by the schema that validates and by the published one',
    (name, schema) => {
      schema.parse(exampleOf(name));
      checkComponent(name, exampleOf(name));
    },
  );
});
