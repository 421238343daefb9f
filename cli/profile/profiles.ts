import { dirname, join } from 'node:path';
import * as z from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { type Config, configSchema, type Profile } from './config.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const tokensSchema = z.strictObject({
  /** They are of no use for another client, so one that was set up anew is not signed in. */
  clientId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** Milliseconds since the epoch. */
  expiresAt: z.number(),
});

/** What a login gave. */
export type StoredTokens = z.output<typeof tokensSchema>;

const tokenFileSchema = z.record(z.string(), tokensSchema);

export interface NamedProfile extends Profile {
  readonly name: string;
}

/** What environment variables say of where the files are, and which profile is meant. */
export interface ProfilesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Of the command line, before anything else. */
  readonly name?: string | undefined;
}

/** The profiles of a user, and the tokens beside them in a file of their own. */
export class Profiles {
  readonly configFile: string;
  readonly tokenFile: string;
  readonly #wanted: string | undefined;

  constructor({ env, home, name }: ProfilesOptions) {
    this.configFile =
      env['JOBPLANE_CONFIG'] ??
      join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'jobplane', 'config.json');
    this.tokenFile = join(dirname(this.configFile), 'tokens.json');
    this.#wanted = name ?? env['JOBPLANE_PROFILE'];
  }

  /** All of them; null before the first was set up. */
  async config(): Promise<Config | null> {
    return readPrivateFile(this.configFile, configSchema);
  }

  /** The one that is meant. */
  async current(): Promise<NamedProfile> {
    const config = await this.config();
    if (config === null) throw noProfile(`There is no ${this.configFile}.`);
    const name = this.#wanted ?? config.current;
    const profile = config.profiles[name];
    if (profile !== undefined) return { ...profile, name };
    const known = Object.keys(config.profiles).join(', ');
    throw noProfile(
      `${this.configFile} has no profile '${name}', but ${known === '' ? 'none at all' : known}.`,
    );
  }

  /** Adds a profile, or sets it up anew, and has it meant from now on. */
  async save(profile: Profile): Promise<string> {
    const config = await this.config();
    const name = this.#wanted ?? 'default';
    const profiles = { ...config?.profiles, [name]: profile };
    await writePrivateFile(this.configFile, configSchema.parse({ current: name, profiles }));
    return name;
  }

  /** Has another profile meant from now on. */
  async use(name: string): Promise<void> {
    const config = await this.config();
    if (config === null || !Object.hasOwn(config.profiles, name)) {
      throw noProfile(`${this.configFile} has no profile '${name}'.`);
    }
    await writePrivateFile(this.configFile, { ...config, current: name });
  }

  /** What the last login gave, if there was one for this client. */
  async tokens({ name, clientId }: NamedProfile): Promise<StoredTokens | null> {
    const stored = (await readPrivateFile(this.tokenFile, tokenFileSchema))?.[name];
    return stored === undefined || stored.clientId !== clientId ? null : stored;
  }

  async saveTokens({ name }: NamedProfile, tokens: StoredTokens): Promise<void> {
    const all = await readPrivateFile(this.tokenFile, tokenFileSchema);
    await writePrivateFile(this.tokenFile, { ...all, [name]: tokens });
  }

  /** Whether there were any. */
  async forgetTokens({ name }: NamedProfile): Promise<boolean> {
    const { [name]: forgotten, ...others } = (await readPrivateFile(this.tokenFile, tokenFileSchema)) ?? {};
    if (forgotten === undefined) return false;
    await writePrivateFile(this.tokenFile, others);
    return true;
  }
}

function noProfile(message: string): Failure {
  return new Failure(message, {
    exitCode: EXIT.usage,
    advice: 'Run jobplane configure --api <url> --issuer <url> --client-id <id>.',
  });
}
