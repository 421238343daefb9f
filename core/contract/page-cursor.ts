import * as z from 'zod';
import { type Refused, refused } from './error-codes.ts';

/**
 * A cursor says where a listing stands and which listing it belongs to: what is listed, in which
 * project, by which filter. It is opaque to callers and no secret: it holds a place and never a key,
 * so one that is forged moves its maker about in what they may read anyway.
 */
export interface Listing {
  readonly of: string;
  readonly project: string;
  readonly filter: unknown;
}

export function cursorOf(listing: Listing, place: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify([nameOf(listing), place]));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The place of a cursor that {@link cursorOf} made for the same listing. */
export function placeOfCursor<Place>(
  listing: Listing,
  cursor: string,
  placeSchema: z.ZodType<Place>,
): { readonly ok: true; readonly place: Place } | Refused {
  const parsed = z.tuple([z.literal(nameOf(listing)), placeSchema]).safeParse(decoded(cursor));
  if (parsed.success) return { ok: true, place: parsed.data[1] };
  return refused(
    'InvalidCursor',
    'The cursor is of another listing. Use it with the project and filter it came with, or begin again without.',
  );
}

function nameOf({ of, project, filter }: Listing): string {
  return JSON.stringify([of, project, filter]);
}

/** Null for what is no cursor at all. */
function decoded(cursor: string): unknown {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
