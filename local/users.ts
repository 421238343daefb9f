import { randomBytes } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { localConnection } from './connection.ts';

/** The groups of each local user: `project:role`, or a group that approvals may name. */
const LOCAL_USERS = {
  admin: ['*:admin'],
  operator: ['web:operator'],
  approver: ['web:viewer', 'web:release-managers'],
  viewer: ['web:viewer'],
  worker: ['web:worker'],
  other: ['media:operator'],
} as const satisfies Record<string, readonly string[]>;

type LocalUser = keyof typeof LOCAL_USERS;

/** A bearer token for each local user. */
export type Tokens = Readonly<Record<LocalUser, string>>;

/** A password for each local user, for the login page. */
export type Passwords = Readonly<Record<LocalUser, string>>;

/** Others for each stack: nothing that is known beforehand opens one. */
export function newPasswords(): Passwords {
  return {
    admin: newPassword(),
    operator: newPassword(),
    approver: newPassword(),
    viewer: newPassword(),
    worker: newPassword(),
    other: newPassword(),
  };
}

export interface UserPool {
  readonly emulatorUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
}

/** Makes the local users and their groups where they are missing, and signs them in. */
export async function signInLocalUsers(pool: UserPool, passwords = newPasswords()): Promise<Tokens> {
  const client = new CognitoIdentityProviderClient(localConnection(pool.emulatorUrl));
  const signIn = (user: LocalUser) => signInUser(client, pool, user, passwords[user]);
  const groups = new Set(Object.values(LOCAL_USERS).flat());
  await Promise.all([...groups].map((group) => createGroup(client, pool.userPoolId, group)));
  const [admin, operator, approver, viewer, worker, other] = await Promise.all([
    signIn('admin'),
    signIn('operator'),
    signIn('approver'),
    signIn('viewer'),
    signIn('worker'),
    signIn('other'),
  ]);
  return { admin, operator, approver, viewer, worker, other };
}

async function createGroup(
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
  GroupName: string,
): Promise<void> {
  await unlessThere('GroupExistsException', () =>
    client.send(new CreateGroupCommand({ UserPoolId, GroupName })),
  );
}

async function signInUser(
  client: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId, userPoolClientId: ClientId }: UserPool,
  user: LocalUser,
  Password: string,
): Promise<string> {
  const Username = user;
  await unlessThere('UsernameExistsException', () =>
    client.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' })),
  );
  await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
  for (const GroupName of LOCAL_USERS[user]) {
    await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  }
  const { AuthenticationResult } = await client.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: Username, PASSWORD: Password },
    }),
  );
  if (AuthenticationResult?.AccessToken === undefined) throw new Error(`user ${user} could not be signed in`);
  return AuthenticationResult.AccessToken;
}

/** Random, with a character of each kind that a pool's password policy may ask for. */
function newPassword(): string {
  return `${randomBytes(24).toString('base64url')}-Aa1`;
}

async function unlessThere(errorName: string, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== errorName) throw error;
  }
}
