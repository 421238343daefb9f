import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bringUp, type LocalStack } from './bring-up.ts';
import { writeCliProfile } from './cli-profile.ts';
import { followJob } from './follow-job.ts';
import { type Job, JobsClient } from './jobs-client.ts';
import { localPath, REPOSITORY } from './paths.ts';
import { renderChild, renderEnd, renderEntry, renderInvitation } from './render.ts';
import { runningStack } from './running-stack.ts';
import { removeStackFile, writeStackFile } from './stack-file.ts';
import { step } from './step.ts';
import { stopSignal } from './stop-signal.ts';

const EXAMPLE = join(REPOSITORY, 'examples', 'publish-site', 'job.json');
const INTERRUPTED = 130;

// AWS's clients announce on Node 20 what their versions of 2027 will need; the ones used here are pinned.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

process.exitCode = await main(process.argv.includes('--once'));

/** `npm start`: brings everything up, runs the example job, and stays up until Ctrl-C (`--once`: does not stay). */
async function main(isOnce: boolean): Promise<number> {
  const other = await runningStack();
  if (other !== undefined) {
    console.error(`Jobplane is up already: ${other.apiUrl}\nStop it with: npm run local:down`);
    return 1;
  }
  const signal = stopSignal();
  try {
    return await useStack(isOnce, signal);
  } catch (error) {
    if (signal.aborted) {
      console.log('Stopped.');
      return INTERRUPTED;
    }
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

async function useStack(isOnce: boolean, signal: AbortSignal): Promise<number> {
  const dirs = { stateDir: localPath('emulator'), outDir: localPath('deployment') };
  const local = await bringUp(step, { ...dirs, signal });
  try {
    await writeStackFile(local.stack);
    await writeCliProfile(local.stack);
    const job = await runExample(local, signal);
    if (isOnce) return job.status === 'COMPLETED_OK' ? 0 : 1;
    console.log(`\n${renderInvitation(local.stack, job.id, local.emulator.logFile)}\n\nCtrl-C stops it.`);
    await Promise.race([once(signal, 'abort'), local.emulator.ended]);
    return 0;
  } finally {
    await local.emulator.kill();
    await removeStackFile();
  }
}

async function runExample({ stack }: LocalStack, signal: AbortSignal): Promise<Job> {
  const client = new JobsClient(stack.apiUrl, stack.tokens.operator, signal);
  const submitted = await client.submit(JSON.parse(await readFile(EXAMPLE, 'utf8')));
  console.log(`\nSubmitted examples/publish-site/job.json as job ${submitted.id}:`);
  let beginning: string | undefined;
  const job = await followJob(client, submitted.id, {
    entry(entry) {
      beginning ??= entry.at;
      console.log(renderEntry(entry, beginning));
    },
    child: (child) => console.log(renderChild(child)),
    async approval() {
      console.log('The operator who submitted it may not approve it; the user approver does:');
      const approver = new JobsClient(stack.apiUrl, stack.tokens.approver, signal);
      await approver.approve(submitted.id, 'The pages are fit to be published');
    },
  });
  console.log(renderEnd(job));
  return job;
}
