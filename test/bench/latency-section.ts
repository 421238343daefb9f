import type { Bench } from './bench-stack.ts';
import type { Figure, Section } from './report.ts';
import { KINDS, OPS } from './sample-jobs.ts';
import { type Spread, spreadOf } from './spread.ts';

const READS = 200;
const JOBS = 20;
const TARGET_READ_P50_MS = 60;

/** Times reads of a job by one client, and whole jobs of built-in ops, one after the other. */
export async function measureLatency({ runner }: Bench): Promise<Section> {
  const { id } = await runner.run(KINDS.log);
  const reads = spreadOf(await runner.timeReads(id, READS));
  const acceptedMs: number[] = [];
  const settledMs: number[] = [];
  for (let job = 0; job < JOBS; job += 1) {
    const finished = await runner.run(KINDS.log);
    acceptedMs.push(finished.acceptedMs);
    settledMs.push(finished.settledMs);
  }
  return {
    title: 'Times on the local stack, one client (min / median / p95 / max)',
    figures: [
      { ...timed('GET /jobs/{id}, p50', reads), target: TARGET_READ_P50_MS },
      { ...timed('GET /jobs/{id}, p95', reads), value: reads.p95 },
      timed('POST /jobs, median', spreadOf(acceptedMs)),
      timed(`submitted to settled, ${OPS} log ops, median`, spreadOf(settledMs)),
    ],
    notes: [
      'Of the emulator on this machine, not of AWS: they show that nothing got slower, and no more. See the load above.',
    ],
  };
}

function timed(name: string, spread: Spread): Figure {
  return { name, value: spread.median, unit: 'ms', spread };
}
