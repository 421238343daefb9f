import { ActionFailure } from '../runtime/action-failure.ts';

/** A file inside a tar archive. */
interface TarEntry {
  readonly path: string;
  readonly body: Buffer;
}

const BLOCK_BYTES = 512;

/** A tar archive ends with two empty blocks. */
const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

/** Where the fields of a POSIX ustar header are that matter here, in bytes. */
const FIELDS = {
  path: { at: 0, length: 100 },
  mode: { at: 100, length: 8 },
  owner: { at: 108, length: 8 },
  group: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  modified: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  type: { at: 156, length: 1 },
  magic: { at: 257, length: 8 },
} as const;

const FILE_MODE = 0o644;
const REGULAR_FILE = '0';
const MAGIC = 'ustar\x0000';

/**
 * Packs files into a tar archive that any tar program reads. The same files give the same bytes:
 * no owner, no time of change, and the order is the caller's.
 */
export function packTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, body }) => [
    headerOf(path, body.length),
    body,
    Buffer.alloc(paddingOf(body.length)),
  ]);
  return Buffer.concat([...blocks, END_OF_ARCHIVE]);
}

/** The files of an archive that {@link packTar} made. */
export function unpackTar(tar: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let at = 0;
  while (at + BLOCK_BYTES <= tar.length && tar[at] !== 0) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    if (textOf(header, 'checksum') !== checksumOf(header)) {
      throw new ActionFailure('Fatal', `the archive is damaged at byte ${at}`);
    }
    const size = Number.parseInt(textOf(header, 'size'), 8);
    const from = at + BLOCK_BYTES;
    if (from + size > tar.length) throw new ActionFailure('Fatal', 'the archive ends too early');
    entries.push({ path: textOf(header, 'path'), body: tar.subarray(from, from + size) });
    at = from + size + paddingOf(size);
  }
  return entries;
}

function headerOf(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > FIELDS.path.length) {
    throw new ActionFailure(
      'PreconditionFailed',
      `the path ${path} is longer than ${FIELDS.path.length} bytes`,
    );
  }
  const header = Buffer.alloc(BLOCK_BYTES);
  const write = (field: keyof typeof FIELDS, text: string) => header.write(text, FIELDS[field].at);
  const writeNumber = (field: keyof typeof FIELDS, value: number) =>
    write(field, value.toString(8).padStart(FIELDS[field].length - 1, '0'));
  write('path', path);
  writeNumber('mode', FILE_MODE);
  writeNumber('owner', 0);
  writeNumber('group', 0);
  writeNumber('size', size);
  writeNumber('modified', 0);
  write('type', REGULAR_FILE);
  write('magic', MAGIC);
  write('checksum', `${checksumOf(header)}\x00 `);
  return header;
}

/** The sum of all bytes of a header, those of the checksum itself counted as spaces. */
function checksumOf(header: Buffer): string {
  const summed = Buffer.from(header);
  summed.fill(' ', FIELDS.checksum.at, FIELDS.checksum.at + FIELDS.checksum.length);
  const sum = summed.reduce((total, byte) => total + byte, 0);
  return sum.toString(8).padStart(FIELDS.checksum.length - 2, '0');
}

function textOf(header: Buffer, field: keyof typeof FIELDS): string {
  const { at, length } = FIELDS[field];
  const text = header.toString('utf8', at, at + length);
  const end = text.indexOf('\x00');
  return end === -1 ? text : text.slice(0, end);
}

function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
