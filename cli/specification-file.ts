import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** An anchor may be used this often in one file: aliases of aliases are no way to fill the memory. */
const MAX_ALIASES = 100;

/**
 * What a file of JSON or YAML 1.2 says, `-` for what is piped in. JSON is YAML, so nobody has to say which it is.
 */
export async function readSpecification(file: string, terminal: Terminal): Promise<unknown> {
  const name = file === '-' ? 'standard input' : file;
  const [document, ...others] = parseAllDocuments(await textOf(file, terminal));
  if (document === undefined || others.length > 0) {
    throw unusable(
      name,
      `has ${others.length === 0 ? 'no' : others.length + 1} documents, and must have one`,
    );
  }
  const [error] = document.errors;
  if (error !== undefined) throw unusable(name, error.message);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (thrown) {
    throw unusable(name, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function textOf(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readStdin();
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
}

function unusable(name: string, why: string): Failure {
  return new Failure(`${name} cannot be used: ${why.trimEnd()}`, {
    exitCode: EXIT.usage,
    advice: 'It must be one job or schedule in JSON or YAML 1.2.',
  });
}
