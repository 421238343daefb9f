import { describe } from 'vitest';
import type { JobStore } from '../../core/ports/job-store.ts';
import { changingAJob } from './job-store/changing-a-job.ts';
import { changingLines } from './job-store/changing-lines.ts';
import { keepingChildren } from './job-store/children.ts';
import { dispatching } from './job-store/dispatching.ts';
import { keepingHeads } from './job-store/keeping-heads.ts';
import { keepingProgress } from './job-store/keeping-progress.ts';
import { keepingQuotas } from './job-store/keeping-quotas.ts';
import { keepingSessions } from './job-store/keeping-sessions.ts';
import { listing } from './job-store/listing.ts';
import { lookingForWhatIsDue } from './job-store/looking-for-what-is-due.ts';
import { reading } from './job-store/reading.ts';
import { readingLines } from './job-store/reading-lines.ts';
import { removing } from './job-store/removing.ts';
import { submitting } from './job-store/submitting.ts';
import { touchingOthers } from './job-store/touching-others.ts';

/** An empty store, for one test. */
export type OpenStore = () => Promise<JobStore>;

/** What every job store does, whatever it stores jobs in. */
export function describeJobStore(name: string, open: OpenStore): void {
  describe(`${name} as a job store`, () => {
    describe('submitting', () => submitting(open));
    describe('changing a job', () => changingAJob(open));
    describe('marking a try as dispatched', () => dispatching(open));
    describe('reading', () => reading(open));
    describe('listing a class', () => listing(open));
    describe('looking for what is due', () => lookingForWhatIsDue(open));
    describe('removing', () => removing(open));
    describe('keeping a job that waits', () => keepingHeads(open));
    describe('keeping the progress of a bulk op', () => keepingProgress(open));
    describe('keeping quotas', () => keepingQuotas(open));
    describe('keeping sessions', () => keepingSessions(open));
    describe('changing lines', () => changingLines(open));
    describe('reading lines', () => readingLines(open));
    describe('changing others with a job, or a queue', () => touchingOthers(open));
    describe('keeping the children of a job', () => keepingChildren(open));
  });
}
