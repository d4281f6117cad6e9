// Writes tar archives whose bytes depend on the entries alone: sorted, no times, no names, frozen choices.
// Changing a byte here changes the digest of every image; a test holds a golden digest.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
import { FactoryError } from '../errors.ts';
import { yieldOnce } from './chunks.ts';

export interface TarEntry {
  /** Without a leading slash; folders without a trailing one. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'symlink';
  /** Permission bits, such as 0o755. */
  readonly mode: number;
  /** User and group; default root. */
  readonly owner?: number | undefined;
  /** Where a symlink leads to. */
  readonly target?: string | undefined;
  /** Of a file; must be what `open` yields. */
  readonly sizeBytes?: number | undefined;
  readonly open?: (() => AsyncIterable<Uint8Array>) | undefined;
}

const BLOCK_BYTES = 512;
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const TYPE_FLAGS = { file: '0', symlink: '2', folder: '5', pax: 'x' } as const;

/** A file entry with its bytes in memory. */
export function makeFileEntry(path: string, content: string | Uint8Array, mode = 0o644): TarEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { path, type: 'file', mode, sizeBytes: bytes.length, open: () => yieldOnce(bytes) };
}

export function makeFolderEntry(path: string, mode = 0o755, owner = 0): TarEntry {
  return { path, type: 'folder', mode, owner };
}

/** The whole archive; entries are written in the byte order of their paths, so a folder precedes its content. */
export async function* writeTar(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  yield* writeUnsortedTar(sorted);
}

/** As writeTar, in the order given: for archives whose readers expect some entries first. */
export async function* writeUnsortedTar(
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield formatEntryHeader(entry);
    yield* writeContent(entry);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

async function* writeContent(entry: TarEntry): AsyncGenerator<Uint8Array> {
  if (entry.type !== 'file') return;
  const expectedBytes = entry.sizeBytes ?? 0;
  let sizeBytes = 0;
  for await (const chunk of entry.open?.() ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > expectedBytes) break;
    yield chunk;
  }
  if (sizeBytes !== expectedBytes) {
    throw new FactoryError('OPERATION_FAILED', `${entry.path} changed its size while it was packed`);
  }
  yield new Uint8Array(getPadding(sizeBytes));
}

function formatEntryHeader(entry: TarEntry): Uint8Array {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.target ?? '';
  const sizeBytes = entry.type === 'file' ? (entry.sizeBytes ?? 0) : 0;
  const records = [
    ...(fits(path) ? [] : [formatPaxRecord('path', path)]),
    ...(fits(target) ? [] : [formatPaxRecord('linkpath', target)]),
    ...(sizeBytes <= MAX_OCTAL_SIZE ? [] : [formatPaxRecord('size', String(sizeBytes))]),
  ];
  const header = formatHeader(path, TYPE_FLAGS[entry.type], {
    mode: entry.mode,
    owner: entry.owner ?? 0,
    sizeBytes: sizeBytes <= MAX_OCTAL_SIZE ? sizeBytes : 0,
    target,
  });
  return records.length === 0 ? header : Buffer.concat([formatPaxEntry(records.join('')), header]);
}

function formatPaxEntry(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const fields = { mode: 0o644, owner: 0, sizeBytes: bytes.length, target: '' };
  const header = formatHeader('PaxHeader', TYPE_FLAGS.pax, fields);
  return Buffer.concat([header, bytes, new Uint8Array(getPadding(bytes.length))]);
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function formatPaxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

interface HeaderFields {
  readonly mode: number;
  readonly owner: number;
  readonly sizeBytes: number;
  readonly target: string;
}

function formatHeader(path: string, typeFlag: string, fields: HeaderFields): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES);
  Buffer.from(path).copy(header, 0, 0, 100);
  writeOctal(header, 100, 8, fields.mode);
  writeOctal(header, 108, 8, fields.owner);
  writeOctal(header, 116, 8, fields.owner);
  writeOctal(header, 124, 12, fields.sizeBytes);
  writeOctal(header, 136, 12, 0);
  header.fill(' ', 148, 156);
  header.write(typeFlag, 156);
  Buffer.from(fields.target).copy(header, 157, 0, 100);
  header.write('ustar\x0000', 257);
  writeOctal(header, 329, 8, 0);
  writeOctal(header, 337, 8, 0);
  let checksum = 0;
  for (const byte of header) checksum += byte;
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function writeOctal(header: Buffer, offset: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
}

/** Only plain ASCII of up to 100 bytes is in the header itself; there is no rule for other characters there. */
function fits(name: string): boolean {
  return name.length <= 100 && /^[\x20-\x7e]*$/.test(name);
}

function getPadding(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
