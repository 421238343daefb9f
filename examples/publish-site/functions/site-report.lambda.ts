import * as z from 'zod';
import { parseActionEvent } from './runtime/action-event.ts';
import { s3Bucket } from './runtime/s3-bucket.ts';
import { type Reported, reportInputSchema, reportRelease } from './site/report-release.ts';

const environment = z.object({ SITES_BUCKET: z.string().min(1) }).parse(process.env);
const sites = s3Bucket(environment.SITES_BUCKET);

export const handler = async (event: unknown): Promise<Reported> =>
  reportRelease({ sites }, parseActionEvent(reportInputSchema, event));
