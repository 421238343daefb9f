import { bringUp } from './bring-up.ts';
import { writeCliProfile } from './cli-profile.ts';
import { localPath } from './paths.ts';
import { renderCommandLine } from './render.ts';
import { runningStack } from './running-stack.ts';
import { STACK_FILE, writeStackFile } from './stack-file.ts';
import { step } from './step.ts';
import { stopSignal } from './stop-signal.ts';

// AWS's clients announce on Node 20 what their versions of 2027 will need; the ones used here are pinned.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

process.exitCode = await main();

/** `npm run local:up`: brings everything up and leaves it running in the background. */
async function main(): Promise<number> {
  const other = await runningStack();
  if (other !== undefined) {
    console.log(`Jobplane is up already: ${other.apiUrl}`);
    return 0;
  }
  const dirs = { stateDir: localPath('emulator'), outDir: localPath('deployment') };
  try {
    const { stack } = await bringUp(step, { ...dirs, outlivesParent: true, signal: stopSignal() });
    await writeStackFile(stack);
    await writeCliProfile(stack);
    console.log(
      [
        `Jobplane is up: ${stack.apiUrl}`,
        `Tokens, passwords and names: ${STACK_FILE}`,
        ...renderCommandLine(),
        'Stop it with: npm run local:down',
      ].join('\n'),
    );
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
