import { describe, expect, it } from 'vitest';
import {
  JOB_NOT_FOUND,
  projectMeant,
  refusedInProject,
  refusedOnJob,
} from '../../../core/access/authorize.ts';
import { allows, type Caller, groupsIn, projectsOf, sees } from '../../../core/access/caller.ts';
import { PERMISSIONS, ROLES, type Role } from '../../../core/access/permissions.ts';

/** The roles written a second time, by hand. */
const PERMITTED: Readonly<Record<Role, string>> = {
  viewer: 'job.view_monitor',
  submitter: 'job.view_monitor job.create',
  operator: 'job.view_monitor job.create job.cancel job.restart job.operate',
  worker: 'job.view_monitor job.work',
  admin: PERMISSIONS.join(' '),
};

const callerIn = (...groups: readonly string[]): Caller => ({ user: 'ada', groups });

describe('a role', () => {
  it.each(ROLES)('%s permits what is listed, in its project and no other', (role) => {
    const caller = callerIn(`web:${role}`);
    const permitted = PERMISSIONS.filter((permission) => allows(caller, permission, 'web'));
    expect(permitted).toEqual(PERMITTED[role].split(' '));
    expect(PERMISSIONS.filter((permission) => allows(caller, permission, 'media'))).toEqual([]);
  });

  it.each(ROLES)('%s of every project permits the same everywhere', (role) => {
    const permitted = PERMISSIONS.filter((permission) => allows(callerIn(`*:${role}`), permission, 'media'));
    expect(permitted).toEqual(PERMITTED[role].split(' '));
  });

  it('adds to the others of the same caller', () => {
    const caller = callerIn('web:viewer', 'web:worker', 'media:admin');
    expect(allows(caller, 'job.work', 'web')).toBe(true);
    expect(allows(caller, 'job.delete', 'web')).toBe(false);
  });
});

describe('a group', () => {
  it('that is no role permits nothing, and shows nothing', () => {
    const caller = callerIn(
      'web:release-managers',
      'admin',
      ':admin',
      'web',
      'web:',
      'web:Admin',
      'web:constructor',
    );
    expect(PERMISSIONS.filter((permission) => allows(caller, permission, 'web'))).toEqual([]);
    expect(sees(caller, 'web')).toBe(false);
    expect(projectsOf(caller)).toEqual([]);
  });

  it('is of the project before its first colon', () => {
    expect(sees(callerIn('web:a:admin'), 'web')).toBe(false);
    expect(sees(callerIn('web:a:admin'), 'web:a')).toBe(false);
  });

  it('means something in its project, and one of every project everywhere', () => {
    const caller = callerIn('web:release-managers', '*:viewer', 'media:viewer', 'webby:viewer');
    expect(groupsIn(caller, 'web')).toEqual(['web:release-managers', '*:viewer']);
  });
});

describe('a submitter', () => {
  const own = { project: 'web', owner: 'ada' };
  const others = { project: 'web', owner: 'bob' };

  it('may cancel their own jobs and no others', () => {
    expect(refusedOnJob(callerIn('web:submitter'), 'job.cancel', own)).toBeNull();
    expect(refusedOnJob(callerIn('web:submitter'), 'job.cancel', others)?.refusal).toEqual({
      code: 'Forbidden',
      detail: 'This needs the permission job.cancel in project web.',
    });
  });

  it('may do nothing else to their own that they may not do to all', () => {
    for (const permission of PERMISSIONS) {
      const refused = refusedOnJob(callerIn('web:submitter'), permission, own) !== null;
      expect(refused).toBe(!['job.view_monitor', 'job.create', 'job.cancel'].includes(permission));
    }
  });

  it('may cancel nothing of a project in which they are none, even if it is their own', () => {
    expect(refusedOnJob(callerIn('media:submitter'), 'job.cancel', own)).toBe(JOB_NOT_FOUND);
    expect(refusedOnJob(callerIn('web:viewer'), 'job.cancel', own)?.refusal.code).toBe('Forbidden');
  });
});

describe('a refusal', () => {
  it('names the permission and the project, to those who see the project', () => {
    expect(refusedInProject(callerIn('web:viewer'), 'job.create', 'web')?.refusal.detail).toBe(
      'This needs the permission job.create in project web.',
    );
  });

  it('says nothing of a job to those who do not', () => {
    expect(refusedOnJob(callerIn('media:admin'), 'job.view_monitor', { project: 'web', owner: 'ada' })).toBe(
      JOB_NOT_FOUND,
    );
  });
});

describe('the project that is meant', () => {
  it('is the one that is named', () => {
    expect(projectMeant(callerIn('web:viewer'), 'media')).toEqual({ ok: true, project: 'media' });
  });

  it('is the only one in which the caller has a role', () => {
    const caller = callerIn('web:viewer', 'web:release-managers', 'media:friends');
    expect(projectMeant(caller, undefined)).toEqual({ ok: true, project: 'web' });
  });

  it.each([[['web:viewer', 'media:viewer']], [['*:viewer']], [['web:viewer', '*:viewer']], [[]]])(
    'must be named by a caller in %j',
    (groups) => {
      expect(projectMeant(callerIn(...groups), undefined)).toMatchObject({
        ok: false,
        refusal: { code: 'ProjectRequired' },
      });
    },
  );
});
