import * as z from 'zod';
import { parseActionEvent } from './runtime/action-event.ts';
import { s3Bucket } from './runtime/s3-bucket.ts';
import { type Published, publishInputSchema, publishVersion } from './site/publish-version.ts';

const environment = z
  .object({ ARCHIVES_BUCKET: z.string().min(1), SITES_BUCKET: z.string().min(1) })
  .parse(process.env);
const archives = s3Bucket(environment.ARCHIVES_BUCKET);
const sites = s3Bucket(environment.SITES_BUCKET);

export const handler = async (event: unknown): Promise<Published> =>
  publishVersion({ archives, sites }, parseActionEvent(publishInputSchema, event));
