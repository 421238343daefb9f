/** What these functions need of an object store: one bucket, whole objects, conditional writes. */
export interface Bucket {
  readonly name: string;

  read(key: string): Promise<StoredObject | undefined>;

  write(key: string, object: NewObject): Promise<void>;

  /** Writes only if `condition` still holds, and says whether it did. */
  writeIf(condition: WriteCondition, key: string, object: NewObject): Promise<'written' | 'conflict'>;
}

interface StoredObject {
  readonly body: Buffer;
  /** Changes whenever the content does. */
  readonly etag: string;
}

export interface NewObject {
  readonly body: Buffer;
  readonly contentType: string;
}

export type WriteCondition = { readonly unchangedSince: string } | { readonly absent: true };
