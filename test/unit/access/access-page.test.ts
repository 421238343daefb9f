import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GRANTS, PERMISSIONS, type Permission, ROLES, type Role } from '../../../core/access/permissions.ts';
import { DEFAULT_QUOTAS, quotasSchema } from '../../../core/quota/quotas.ts';

const PAGE = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');

const [ROLE_TABLE = [], PERMISSION_TABLE = []] = tablesUnder('Roles');
const [QUOTA_TABLE = []] = tablesUnder('Quotas');

describe('docs/access.md', () => {
  it('prints what each role permits', () => {
    const [head, ...rows] = ROLE_TABLE;
    expect(head).toEqual(['Permission', ...ROLES]);
    expect(rows).toEqual(
      PERMISSIONS.map((permission) => [permission, ...ROLES.map((role) => cellOf(role, permission))]),
    );
  });

  it('says of each permission what it allows', () => {
    const [, ...rows] = PERMISSION_TABLE;
    expect(rows.map(([permission]) => permission)).toEqual(PERMISSIONS);
    for (const [, allows = ''] of rows) expect(allows).not.toBe('');
  });

  it('prints each quota with its default', () => {
    const [, ...rows] = QUOTA_TABLE;
    const defaults = new Map(Object.entries(DEFAULT_QUOTAS));
    expect(rows.map(([name, printed]) => [name, printed])).toEqual(
      Object.keys(quotasSchema.shape).map((name) => [
        name,
        defaults.get(name)?.toLocaleString('en-US') ?? 'none',
      ]),
    );
  });
});

function cellOf(role: Role, permission: Permission): string {
  const { always, onOwnJobs } = GRANTS[role];
  if (always.includes(permission)) return 'yes';
  return onOwnJobs.includes(permission) ? 'own' : '';
}

/** The tables of a section, each by its rows, the first of which names the columns. */
function tablesUnder(heading: string): readonly (readonly (readonly string[])[])[] {
  const [, section = ''] = PAGE.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const tables = text
    .split('\n\n')
    .map((block) => block.trim())
    .filter((block) => block.startsWith('|'));
  return tables.map((table) => {
    const [head = '', , ...rows] = table.split('\n');
    return [head, ...rows].map(cellsOf);
  });
}

function cellsOf(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
