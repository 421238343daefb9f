import { CLI_CALLBACK_URLS, CLI_SCOPES } from '../../core/contract/cli-client.ts';
import { type Command, command, flag, requiredText, texts } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { beginLogin, discoverEndpoints, finishLogin } from '../login/authorization.ts';
import { listenForCallback } from '../login/callback-server.ts';
import { claimsOf } from '../login/claims.ts';
import { storedTokens } from '../login/token-source.ts';
import { profileSchema } from '../profile/config.ts';
import { moment } from '../render/moment.ts';
import { fields, table } from '../render/table.ts';
import { show } from '../show.ts';

/** Longer than anybody needs to find a password, and short enough that nothing listens for ever. */
const LOGIN_LIMIT_MS = 5 * 60_000;

const configure = command({
  name: 'configure',
  summary: 'Set up a profile: where a deployment is, and who signs you in to it',
  details: 'The outputs of the stack say all three. It becomes the profile that is meant from now on.',
  calls: [],
  examples: ['jobplane configure --api $API --issuer $ISSUER --client-id $CLIENT --profile production'],
  arguments: {},
  options: {
    api: requiredText('url', "the API's address (output ApiUrl)"),
    issuer: requiredText('url', 'who makes the tokens (output Issuer)'),
    clientId: requiredText('id', 'of the command line, as the issuer knows it (output CliClientId)'),
    scope: texts('scope', 'what is asked for; left out: openid and profile'),
  },
  async run({ api: apiUrl, issuer, clientId, scope }, context) {
    const scopes = scope.length === 0 ? [...CLI_SCOPES] : scope;
    const asked = profileSchema.pick({ apiUrl: true, issuer: true }).safeParse({ apiUrl, issuer });
    if (!asked.success) throw unusable(asked.error.issues);
    const project = context.saidProject;
    const found = await discoverEndpoints(issuer);
    const wanted = { apiUrl, clientId, scopes, ...found, ...(project === undefined ? {} : { project }) };
    const profile = profileSchema.safeParse(wanted);
    if (!profile.success) throw unusable(profile.error.issues);
    const name = await context.profiles.save(profile.data);
    show(context, profile.data, () => `Profile '${name}' is set up. Now run jobplane login.`);
    return EXIT.ok;
  },
});

const profiles = command({
  name: 'profile list',
  summary: 'List the profiles',
  calls: [],
  examples: ['jobplane profile list'],
  arguments: {},
  options: {},
  async run(_input, context) {
    const config = await context.profiles.config();
    const rows = Object.entries(config?.profiles ?? {}).map(([name, { apiUrl, project = '' }]) => [
      config?.current === name ? `${name} *` : name,
      project,
      apiUrl,
    ]);
    show(context, config ?? {}, () => table(['PROFILE', 'PROJECT', 'API'], rows, context.style));
    return EXIT.ok;
  },
});

const useProfile = command({
  name: 'profile use',
  summary: 'Have another profile meant from now on',
  calls: [],
  examples: ['jobplane profile use production'],
  arguments: { name: requiredText('name', 'the profile') },
  options: {},
  async run({ name }, context) {
    await context.profiles.use(name);
    show(context, null, () => `Profile '${name}' is meant from now on.`);
    return EXIT.ok;
  },
});

const login = command({
  name: 'login',
  summary: 'Sign in by the browser',
  details:
    'The browser comes back to this computer. Over ssh: forward the port that the address names, or sign in where the browser is and use JOBPLANE_TOKEN.',
  calls: [],
  examples: ['jobplane login', 'jobplane login --no-browser'],
  arguments: {},
  options: { noBrowser: flag('only print the address') },
  async run({ noBrowser }, context) {
    const { terminal } = context;
    const profile = await context.profile();
    const server = await listenForCallback(CLI_CALLBACK_URLS);
    try {
      const pending = await beginLogin(profile, server.redirectUri);
      const callback = server.callback(pending.state, LOGIN_LIMIT_MS, terminal.signal);
      terminal.stderr.write(`Sign in here, if your browser does not open:\n\n  ${pending.url}\n\n`);
      if (!noBrowser) terminal.openBrowser(pending.url);
      const granted = await finishLogin(profile, pending, await callback);
      await context.profiles.saveTokens(profile, storedTokens(profile.clientId, granted, terminal.now()));
      const who = claimsOf(granted.accessToken)?.user ?? 'somebody';
      show(context, null, () => `You are signed in to '${profile.name}' as ${who}.`);
      return EXIT.ok;
    } finally {
      await server.close();
    }
  },
});

const logout = command({
  name: 'logout',
  summary: 'Forget the tokens of the last login',
  details: 'Jobs go on: session logout is what cancels those of a session.',
  calls: [],
  examples: ['jobplane logout'],
  arguments: {},
  options: {},
  async run(_input, context) {
    const profile = await context.profile();
    const had = await context.profiles.forgetTokens(profile);
    show(context, null, () => (had ? `You are signed out of '${profile.name}'.` : 'You were not signed in.'));
    return EXIT.ok;
  },
});

const whoami = command({
  name: 'whoami',
  summary: 'Say who you are, and what your groups are',
  calls: [],
  examples: ['jobplane whoami'],
  arguments: {},
  options: {},
  async run(_input, context) {
    const { apiUrl } = await context.api();
    const claims = claimsOf(await context.token());
    if (claims === null) {
      throw new Failure('The token is no JSON Web Token, so only the API knows who it is for.', {
        exitCode: EXIT.unsuccessful,
      });
    }
    const expires = claims.expiresAt === undefined ? undefined : new Date(claims.expiresAt).toISOString();
    const body = {
      user: claims.user,
      groups: claims.groups,
      issuer: claims.issuer,
      expiresAt: expires,
      apiUrl,
    };
    show(context, body, () =>
      fields(
        {
          User: claims.user,
          Groups: claims.groups.join(', '),
          API: apiUrl,
          Issuer: claims.issuer,
          Expires: moment(expires, context.style),
        },
        context.style,
      ),
    );
    return EXIT.ok;
  },
});

/** Profiles and logins. */
export const ACCESS_COMMANDS: readonly Command[] = [configure, login, logout, whoami, profiles, useProfile];

function unusable(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Failure {
  return new Failure(issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '), {
    exitCode: EXIT.usage,
  });
}
