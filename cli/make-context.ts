import { ApiClient, type TokenSource } from './api/api-client.ts';
import type { Context, Output } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { givenToken, loginTokens } from './login/token-source.ts';
import { secureUrlSchema } from './profile/config.ts';
import { Profiles } from './profile/profiles.ts';
import type { Style } from './render/style.ts';
import type { Terminal } from './terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly profile?: string | undefined;
  readonly project?: string | undefined;
  readonly output?: Output | undefined;
  readonly quiet: boolean;
  readonly noColour: boolean;
}

/** What a command has to work with: from the command line first, then from the environment, then from the profile. */
export function makeContext(options: GlobalOptions, terminal: Terminal): Context {
  const { env } = terminal;
  const profiles = new Profiles({ env, home: terminal.home, name: options.profile });
  const profile = () => profiles.current();
  const saidProject = options.project ?? env['JOBPLANE_PROJECT'];
  const tokens = async (): Promise<TokenSource> => {
    const given = env['JOBPLANE_TOKEN'];
    if (given !== undefined && given !== '') return givenToken(given);
    return loginTokens(profiles, await profile(), () => terminal.now());
  };
  return {
    terminal,
    output: options.output ?? (terminal.stdout.isTTY ? 'table' : 'json'),
    isOutputChosen: options.output !== undefined,
    isQuiet: options.quiet,
    style: styleOf(options, terminal),
    profiles,
    profile,
    saidProject,
    async project() {
      if (saidProject !== undefined || env['JOBPLANE_API'] !== undefined) return saidProject;
      return (await profile()).project;
    },
    async api() {
      const apiUrl = apiUrlOf(env) ?? (await profile()).apiUrl;
      return new ApiClient({ apiUrl, tokens: await tokens(), signal: terminal.signal });
    },
    token: async () => (await tokens()).token(),
  };
}

/** How text is to look on a terminal. `NO_COLOR` is what no-color.org says. */
export function styleOf({ noColour }: Pick<GlobalOptions, 'noColour'>, terminal: Terminal): Style {
  const { env, stdout, zone } = terminal;
  const isPlain = noColour || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    colour: stdout.isTTY && !isPlain,
    now: terminal.now(),
    zone,
  };
}

/** The address that the environment says, where no profile is wanted. */
function apiUrlOf(env: Terminal['env']): string | undefined {
  const given = env['JOBPLANE_API'];
  if (given === undefined) return undefined;
  const url = secureUrlSchema.safeParse(given);
  if (url.success) return url.data;
  throw new Failure(`JOBPLANE_API ${url.error.issues[0]?.message ?? 'cannot be used'}`, {
    exitCode: EXIT.usage,
  });
}
