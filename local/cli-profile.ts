import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type Config, configSchema } from '../cli/profile/config.ts';
import { localPath } from './paths.ts';
import type { StackFile } from './stack-file.ts';

/** What `JOBPLANE_CONFIG` names to have `jobplane` mean the local stack. */
export const CLI_CONFIG_FILE = localPath('jobplane', 'config.json');

const outputsSchema = z.object({ Issuer: z.url(), CliClientId: z.string() });

/**
 * A profile of the command line for a local stack. It names the endpoints itself: the emulator serves the login
 * page, but its issuer calls itself by the name that it has on AWS.
 */
export function localProfile({ apiUrl, emulatorUrl, outputs }: StackFile): Config {
  const { Issuer: issuer, CliClientId: clientId } = outputsSchema.parse(outputs['Jobplane']);
  const endpoints = {
    authorizationEndpoint: `${emulatorUrl}/oauth2/authorize`,
    tokenEndpoint: `${emulatorUrl}/oauth2/token`,
  };
  const profile = { apiUrl, issuer, clientId, ...endpoints, project: 'web' };
  return configSchema.parse({ current: 'local', profiles: { local: profile } });
}

/** Writes it; tokens of an earlier stack go, since they open nothing. */
export async function writeCliProfile(stack: StackFile): Promise<void> {
  const folder = dirname(CLI_CONFIG_FILE);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(CLI_CONFIG_FILE, `${JSON.stringify(localProfile(stack), null, 2)}\n`, { mode: 0o600 });
}
