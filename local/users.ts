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

export interface UserPool {
  readonly emulatorUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
}

/** Makes the local users and their groups where they are missing, and signs them in. */
export async function signInLocalUsers(pool: UserPool): Promise<Tokens> {
  const client = new CognitoIdentityProviderClient(localConnection(pool.emulatorUrl));
  const groups = new Set(Object.values(LOCAL_USERS).flat());
  await Promise.all([...groups].map((group) => createGroup(client, pool.userPoolId, group)));
  const [admin, operator, approver, viewer, worker, other] = await Promise.all([
    signIn(client, pool, 'admin'),
    signIn(client, pool, 'operator'),
    signIn(client, pool, 'approver'),
    signIn(client, pool, 'viewer'),
    signIn(client, pool, 'worker'),
    signIn(client, pool, 'other'),
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

async function signIn(
  client: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId, userPoolClientId: ClientId }: UserPool,
  user: LocalUser,
): Promise<string> {
  const Username = user;
  const Password = newPassword();
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
