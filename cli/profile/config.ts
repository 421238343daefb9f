import * as z from 'zod';
import { CLI_SCOPES } from '../../core/contract/cli-client.ts';

/** Tokens and codes travel to it, so only a computer may speak http with itself. */
export const secureUrlSchema = z.url().refine((text) => isHttps(text) || isLoopback(text), {
  error: 'must be https (http goes with localhost only)',
});

/** A deployment, and who signs people in to it. */
export const profileSchema = z.strictObject({
  apiUrl: secureUrlSchema,
  /** Who makes the tokens, as they say it themselves. */
  issuer: z.url(),
  authorizationEndpoint: secureUrlSchema,
  tokenEndpoint: secureUrlSchema,
  clientId: z.string().min(1),
  scopes: z.array(z.string()).default([...CLI_SCOPES]),
  /** What is meant where a command names no project. */
  project: z.string().optional(),
});

export type Profile = z.output<typeof profileSchema>;

export const configSchema = z.strictObject({
  /** The profile of commands that name none. */
  current: z.string(),
  profiles: z.record(z.string(), profileSchema),
});

export type Config = z.output<typeof configSchema>;

/** Whether an address is this computer's own. */
export function isLoopback(text: string): boolean {
  return URL.canParse(text) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(text).hostname);
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
