import { endEmulator } from './emulator.ts';
import { localPath } from './paths.ts';
import { runningStack } from './running-stack.ts';
import { removeStackFile } from './stack-file.ts';

/** `npm run local:down`: ends what `npm run local:up` or `npm start` left running, and all its workers. */
const stack = await runningStack();
if (stack !== undefined) await endEmulator(stack.pid, localPath('emulator'));
await removeStackFile();
console.log(stack === undefined ? 'Nothing was up.' : 'Jobplane is down.');
