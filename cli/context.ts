import type { ApiClient } from './api/api-client.ts';
import type { NamedProfile, Profiles } from './profile/profiles.ts';
import type { Style } from './render/style.ts';
import type { Terminal } from './terminal.ts';

export const OUTPUTS = ['table', 'json', 'yaml'] as const;

export type Output = (typeof OUTPUTS)[number];

/** What commands have to work with. */
export interface Context {
  readonly terminal: Terminal;
  readonly output: Output;
  /** Whether somebody chose the output, or it goes by where the output goes. */
  readonly isOutputChosen: boolean;
  readonly isQuiet: boolean;
  readonly style: Style;
  readonly profiles: Profiles;
  /** The project that the command line or the environment says. */
  readonly saidProject: string | undefined;
  /** The project that is meant: that, or the profile's. */
  project(): Promise<string | undefined>;
  api(): Promise<ApiClient>;
  /** Of whoever is signed in. */
  token(): Promise<string>;
  profile(): Promise<NamedProfile>;
}
