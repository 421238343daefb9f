import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { localPath } from './paths.ts';

const ofUsersSchema = z.strictObject({
  admin: z.string(),
  operator: z.string(),
  approver: z.string(),
  viewer: z.string(),
  worker: z.string(),
  other: z.string(),
});

const stackFileSchema = z.strictObject({
  apiUrl: z.url(),
  consoleUrl: z.url().optional(),
  tokens: ofUsersSchema,
  /** For the login page. */
  passwords: ofUsersSchema,
  emulatorUrl: z.url(),
  region: z.string(),
  tableName: z.string(),
  busName: z.string(),
  stateMachines: z.strictObject({ job: z.string(), childJobs: z.string().optional() }),
  /** All outputs of all stacks. */
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
  /** Of the emulator, which leads its process group. */
  pid: z.int().positive(),
});

/** How to reach the local stack that is up. */
export type StackFile = z.infer<typeof stackFileSchema>;

/** Where it says so; present exactly while a stack is up, or when one was killed. */
export const STACK_FILE = localPath('stack.json');

/** What the file says; `undefined` when there is none. */
export async function readStackFile(): Promise<StackFile | undefined> {
  const text = await readFile(STACK_FILE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : stackFileSchema.parse(JSON.parse(text));
}

/** Writes the file, readable by its owner only since it holds tokens; readers see all of it or none. */
export async function writeStackFile(stack: StackFile): Promise<void> {
  const draft = `${STACK_FILE}.${process.pid}`;
  await mkdir(dirname(STACK_FILE), { recursive: true });
  await writeFile(draft, `${JSON.stringify(stackFileSchema.parse(stack), null, 2)}\n`, { mode: 0o600 });
  await rename(draft, STACK_FILE);
}

/** Removes the file, if it is there. */
export async function removeStackFile(): Promise<void> {
  await rm(STACK_FILE, { force: true });
}
