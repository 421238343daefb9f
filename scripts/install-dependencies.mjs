// Runs before `npm start`, `npm test` and `npm run bench`, so that each works by itself on a fresh
// clone. Plain JavaScript: nothing is installed yet that could run TypeScript.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What was installed last: the lockfile's hash, kept beside what it describes. */
const MARK = 'node_modules/.jobplane-lock-hash';

const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');

if (!existsSync(MARK) || readFileSync(MARK, 'utf8') !== lock) {
  console.log('Installing the pinned dependencies (npm ci)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('npm ci failed: see above. Node.js 20 or newer and npm 11 are needed.');
    process.exit(1);
  }
  writeFileSync(MARK, lock);
}
