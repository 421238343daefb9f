// Runs before `npm start`, `npm test` and `npm run bench`, so that each works by itself on a fresh
// clone. Plain JavaScript: nothing is installed yet that could run TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What npm notes of the packages it installed. */
const INSTALLED = 'node_modules/.package-lock.json';

// Not `npm ci`: it refuses a lockfile without the optional packages of platforms that the registry
// it was written with did not have. `npm install` takes every version from the lockfile all the same.
const INSTALL = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];

if (!isInstalled()) {
  console.log('Installing the pinned dependencies (npm install)');
  const { status } = spawnSync('npm', INSTALL, { stdio: 'inherit' });
  if (status !== 0) {
    console.error('npm install failed: see above. Node.js 20 or newer and npm 11 are needed.');
    process.exit(1);
  }
}

/** Whether every package of the lockfile is there in its version; optional ones are for other platforms. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const wanted = packagesOf('package-lock.json').filter(([path, { optional }]) => path !== '' && !optional);
  const installed = new Map(packagesOf(INSTALLED));
  return wanted.every(([path, { version }]) => installed.get(path)?.version === version);
}

function packagesOf(file) {
  return Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages);
}
