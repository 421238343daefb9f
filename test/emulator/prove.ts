import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LAUNCHER, REQUIREMENTS } from '../../local/emulator.ts';
import { pythonEnvironment } from '../../local/python-environment.ts';

/**
 * Proves that the corrections are needed: runs their checks on plain MiniStack, where each must fail.
 * With `--each` it takes the corrections away one by one instead, and each time only its own checks must fail.
 */
const without = process.argv.includes('--each') ? await corrections() : ['all'];
const unproven = without.filter((name) => !checksFailWithout(name));
console.log(unproven.length === 0 ? 'Each is needed.' : `Not proven to be needed: ${unproven.join(', ')}`);
process.exitCode = unproven.length === 0 ? 0 : 1;

async function corrections(): Promise<readonly string[]> {
  const python = await pythonEnvironment(REQUIREMENTS);
  const { stdout } = await promisify(execFile)(python, [LAUNCHER, '--list']);
  return stdout.trim().split('\n');
}

function checksFailWithout(name: string): boolean {
  console.log(`\nWithout ${name}:`);
  const env = { ...process.env, EMULATOR_WITHOUT: name };
  const { status } = spawnSync('npx', ['vitest', 'run', 'test/emulator'], { env, stdio: 'inherit' });
  return status === 0;
}
