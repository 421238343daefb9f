import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

/** Readable by its owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** What a JSON file says; null when there is none. */
export async function readPrivateFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw unusable(file, error.message);
  });
  if (text === null) return null;
  const parsed = schema.safeParse(jsonOf(file, text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Writes it so that readers see all of it or none. */
export async function writePrivateFile(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: FILE_MODE });
  await rename(draft, file);
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
}

function unusable(file: string, why: string): Failure {
  return new Failure(`${file} cannot be used: ${why}`, {
    exitCode: EXIT.usage,
    advice: 'Correct it, or move it away and run jobplane configure.',
  });
}
