import { InMemoryScheduleStore } from '../support/in-memory-schedule-store.ts';
import { describeScheduleStore } from './schedule-store.conformance.ts';

describeScheduleStore('memory', async () => new InMemoryScheduleStore());
