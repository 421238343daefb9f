import * as z from 'zod';
import { type Refused, refused } from '../contract/error-codes.ts';
import { cursorOf, type Listing, placeOfCursor } from '../contract/page-cursor.ts';
import { isDeleted } from '../job/delete-job.ts';
import { type JobId, jobIdSchema } from '../job/identifiers.ts';
import { type Instant, instantSchema } from '../job/instant.ts';
import type { Job } from '../job/job.ts';
import type { JournalEntry } from '../job/journal-entry.ts';
import { STATUS_CLASSES } from '../job/status.ts';
import type { Deps } from '../ports/deps.ts';
import type { JournalPublisher } from '../ports/journal-publisher.ts';
import { jobsNewestFirst, type ListingPlace, listingPlace } from './jobs-newest-first.ts';

/** Entries sent by one call: 10 calls of the bus's API, which takes 10 a call, in a second or two. */
const ENTRIES_PER_CALL = 100;

/** Jobs looked at by one call, of which most have nothing in the asked time. */
const JOBS_PER_CALL = 100;
