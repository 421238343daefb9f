import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type Built, buildArchive, buildInputSchema } from './build/build-archive.ts';
import { parseActionEvent } from './runtime/action-event.ts';
import { s3Bucket } from './runtime/s3-bucket.ts';

const environment = z.object({ ARCHIVES_BUCKET: z.string().min(1) }).parse(process.env);
const archives = s3Bucket(environment.ARCHIVES_BUCKET);

/** The construct puts the pages beside the bundle, a folder a site. */
const pagesFolder = fileURLToPath(new URL('./pages', import.meta.url));

export const handler = async (event: unknown): Promise<Built> =>
  buildArchive({ archives, pagesFolder }, parseActionEvent(buildInputSchema, event));
