import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Sender as RegisteredSender } from '../../core/access/sender.ts';
import { JOBPLANE_SOURCE } from '../../core/contract/bus-events.ts';
import { nameSchema } from '../../core/contract/job-spec.ts';

/** Who may send commands to the private bus. */
export interface Sender {
  /**
   * A role, or a whole account: whoever there may call `events:PutEvents`. Where a rule of the sender's
   * account forwards events, it is the role of that rule.
   */
  readonly principal: iam.ArnPrincipal;
  /** The one `source` that it may name, for example `com.example.ci`; no other sender of its account has it. */
  readonly source: string;
  /** What it may do, as a user's groups say: `project:role`, `project:name`, or `*` for every project. */
  readonly groups: readonly string[];
}

/** EventBridge allows 256 characters; AWS's own sources begin with `aws.`. */
const SOURCE = /^(?!aws\.)[A-Za-z0-9._/-]{1,256}$/;

const GROUP = /^[^:]+:.+$/s;

/** The senders as the function knows them: by account and source, which is all that an event proves. */
export function registeredSenders(
  scope: Construct,
  senders: Readonly<Record<string, Sender>>,
): readonly RegisteredSender[] {
  const registered = Object.entries(senders).map(([name, { principal, source, groups }]) => {
    const wrong = wrongOf(name, source, groups);
    if (wrong !== null) throw new Error(`sender '${name}': ${wrong}`);
    return { name, account: accountOf(scope, principal), source, groups: [...groups] };
  });
  for (const [position, { name, account, source }] of registered.entries()) {
    const twin = registered
      .slice(0, position)
      .find((other) => other.account === account && other.source === source);
    if (twin === undefined) continue;
    throw new Error(
      `senders '${twin.name}' and '${name}' have the same account and source, so their events could not be told apart`,
    );
  }
  return registered;
}

function wrongOf(name: string, source: string, groups: readonly string[]): string | null {
  if (!nameSchema.safeParse(name).success) return 'a name is 1 to 128 of letters, digits, ., _, / and -';
  if (source === JOBPLANE_SOURCE) return `the source '${source}' is Jobplane's own`;
  if (!SOURCE.test(source))
    return `'${source}' is no source, which is 1 to 256 of letters, digits, ., _, / and -`;
  const group = groups.find((candidate) => !GROUP.test(candidate));
  return group === undefined ? null : `'${group}' is no group: 'project:role', or '*:role' for every project`;
}

function accountOf(scope: Construct, principal: iam.ArnPrincipal): string {
  if (principal instanceof iam.AccountPrincipal) return Token.asString(principal.accountId);
  const { account } = Stack.of(scope).splitArn(principal.arn, ArnFormat.SLASH_RESOURCE_NAME);
  if (account === undefined || account === '') throw new Error(`${principal.arn} names no account`);
  return account;
}
