import { InMemoryJobStore } from '../support/in-memory-job-store.ts';
import { describeJobStore } from './job-store.conformance.ts';

describeJobStore('memory', async () => new InMemoryJobStore());
