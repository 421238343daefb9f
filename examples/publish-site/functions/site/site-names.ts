import * as z from 'zod';

const NAME = '[a-z0-9][a-z0-9-]{0,62}';

export const siteNameSchema = z
  .string()
  .regex(new RegExp(`^${NAME}$`), 'must be 1 to 63 small letters, digits and hyphens');

/** A place that a site is published to: `docs/eu` is the place `eu` of the site `docs`. */
export const targetSchema = z
  .string()
  .regex(
    new RegExp(`^${NAME}/${NAME}$`),
    "must be '<site>/<place>', each of small letters, digits and hyphens",
  );

export const versionSchema = z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits');

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

/** A file's place in its site. It becomes part of a key, which it must not be able to leave. */
export const sitePathSchema = z
  .string()
  .refine((path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), {
    error: 'must be a path inside the site',
  });
