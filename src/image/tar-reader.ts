// Reads tar archives from a stream: the ones that engines and other tools write, so pax and GNU long names too.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
import { FactoryError } from '../errors.ts';

export interface ReadEntry {
  readonly path: string;
  /** The header's type flag: '0' file, '1' hard link, '2' symlink, '5' folder. */
  readonly typeFlag: string;
  readonly target: string;
  readonly sizeBytes: number;
  /** Of the content, from the start of the archive. */
  readonly offset: number;
  /** May be left unread; must be read before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

const BLOCK_BYTES = 512;
const MAX_EXTENSION_BYTES = 1024 * 1024;
const FILE_FLAGS = new Set(['0', '\0', '7']);

interface Extension {
  readonly path?: string | undefined;
  readonly target?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const input = makeInput(chunks);
  let extension: Extension = {};
  try {
    for (;;) {
      const block = await input.read(BLOCK_BYTES);
      if (block.length === 0 || block.every((byte) => byte === 0)) return;
      const header = parseHeader(block);
      const sizeBytes = extension.sizeBytes ?? header.sizeBytes;
      const paddedBytes = Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
      if ('xgLK'.includes(header.typeFlag)) {
        if (paddedBytes > MAX_EXTENSION_BYTES) throw describeDamage('a header is too long');
        const bytes = (await input.read(paddedBytes)).subarray(0, sizeBytes);
        extension = { ...extension, ...parseExtension(header.typeFlag, bytes) };
        continue;
      }
      const end = input.getOffset() + paddedBytes;
      const { path = header.path, target = header.target } = extension;
      const offset = input.getOffset();
      const isFile = FILE_FLAGS.has(header.typeFlag);
      const content = input.stream(isFile ? sizeBytes : 0);
      yield {
        path: cleanPath(path),
        typeFlag: isFile ? '0' : header.typeFlag,
        target,
        sizeBytes,
        offset,
        content,
      };
      if (isFile || sizeBytes > 0) await input.skipTo(end);
      extension = {};
    }
  } finally {
    await input.close();
  }
}

function parseHeader(block: Buffer) {
  const checksum = readOctal(block, 148, 8);
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (block.length < BLOCK_BYTES || checksum !== sum) throw describeDamage('a header is damaged');
  const prefix = block.toString('latin1', 257, 262) === 'ustar' ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  return {
    path: prefix === '' || block.toString('latin1', 257, 265) === 'ustar  \0' ? name : `${prefix}/${name}`,
    typeFlag: String.fromCharCode(block[156] as number),
    target: readText(block, 157, 100),
    sizeBytes: readOctal(block, 124, 12),
  };
}

function parseExtension(typeFlag: string, bytes: Buffer): Extension {
  if (typeFlag === 'L') return { path: readText(bytes, 0, bytes.length) };
  if (typeFlag === 'K') return { target: readText(bytes, 0, bytes.length) };
  if (typeFlag === 'g') return {};
  const records = parsePaxRecords(bytes);
  const size = records.get('size');
  return {
    ...(records.has('path') ? { path: records.get('path') } : {}),
    ...(records.has('linkpath') ? { target: records.get('linkpath') } : {}),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
  };
}

function parsePaxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) throw describeDamage('an extended header is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** Octal text, or GNU's binary form for sizes beyond 8 GiB, marked by the highest bit. */
function readOctal(block: Buffer, offset: number, length: number): number {
  if (((block[offset] as number) & 0x80) !== 0) return Number(block.readBigUInt64BE(offset + length - 8));
  return Number.parseInt(readText(block, offset, length).trim() || '0', 8);
}

function readText(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  return block.toString('utf8', offset, end < 0 || end > offset + length ? offset + length : end);
}

function cleanPath(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
}

function describeDamage(problem: string): FactoryError {
  return new FactoryError('IMAGE_DAMAGED', `the archive cannot be read: ${problem}`);
}

/** A cursor over chunks of any size. */
function makeInput(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  let offset = 0;

  async function take(maxBytes: number): Promise<Uint8Array | undefined> {
    while (held.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return undefined;
      held = next.value;
    }
    const taken = held.subarray(0, maxBytes);
    held = held.subarray(taken.length);
    offset += taken.length;
    return taken;
  }

  async function* stream(sizeBytes: number): AsyncGenerator<Uint8Array> {
    for (let left = sizeBytes; left > 0; ) {
      const taken = await take(left);
      if (taken === undefined) throw describeDamage('it ends too early');
      left -= taken.length;
      yield taken;
    }
  }

  return {
    stream,
    getOffset: () => offset,
    /** Fewer bytes only at the end of the input. */
    async read(sizeBytes: number): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      for (let left = sizeBytes; left > 0; ) {
        const taken = await take(left);
        if (taken === undefined) break;
        parts.push(taken);
        left -= taken.length;
      }
      return Buffer.concat(parts);
    },
    async skipTo(end: number): Promise<void> {
      while (offset < end) {
        if ((await take(end - offset)) === undefined) throw describeDamage('it ends too early');
      }
    },
    async close(): Promise<void> {
      await iterator.return?.();
    },
  };
}
