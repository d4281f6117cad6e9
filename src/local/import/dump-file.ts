// What a dump file is, by its first bytes, and its text as a stream.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FactoryError } from '../../errors.ts';
import type { EngineFamily } from '../records.ts';
import { countBytes } from './byte-counts.ts';

export interface DumpFile {
  readonly path: string;
  /** An archive is for pg_restore; a text is SQL. */
  readonly form: 'custom' | 'directory' | 'tar' | 'text';
  readonly isCompressed: boolean;
  readonly sizeBytes: number;
  /** Undefined where the text does not say. */
  readonly engine: EngineFamily | undefined;
}

const LOOKED_AT_BYTES = 8192;

export async function readDumpFile(path: string): Promise<DumpFile> {
  const found = await stat(path).catch((error: Error) => {
    throw new FactoryError('NOT_FOUND', `the dump file cannot be read: ${error.message}`);
  });
  const common = { path, isCompressed: false, sizeBytes: found.size };
  if (found.isDirectory()) {
    if (await stat(join(path, 'toc.dat')).catch(() => undefined)) {
      return { ...common, form: 'directory', engine: 'aurora-postgresql' };
    }
    throw new FactoryError('NOT_SUPPORTED', `${path} is a folder, but not one of pg_dump --format=directory`);
  }
  const start = await readStart(path);
  const isCompressed = start[0] === 0x1f && start[1] === 0x8b;
  const text = isCompressed ? await readUnpackedStart(path) : start.toString('latin1');
  const form = text.startsWith('PGDMP') ? 'custom' : text.startsWith('toc.dat\0') ? 'tar' : 'text';
  if (form !== 'text' && isCompressed) {
    throw new FactoryError('NOT_SUPPORTED', `${path} is a compressed archive of pg_dump`, {
      hint: 'Unpack it: gunzip.',
    });
  }
  return { ...common, isCompressed, form, engine: form === 'text' ? findEngine(text) : 'aurora-postgresql' };
}

/** `onBytes` is told of bytes of the file, compressed or not. */
export function openText(
  { path, isCompressed }: DumpFile,
  through: Transform,
  onBytes: (bytes: number) => void,
): Readable {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const parts = [file, countBytes(onBytes), ...(isCompressed ? [createGunzip()] : []), through];
  pipeline(parts).catch((error: Error) => through.destroy(error));
  return through;
}

function findEngine(text: string): EngineFamily | undefined {
  if (/^-- PostgreSQL database (cluster )?dump/m.test(text)) return 'aurora-postgresql';
  if (/^-- (MySQL|MariaDB) dump|enable the sandbox mode/m.test(text)) return 'aurora-mysql';
  return undefined;
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readUnpackedStart(path: string): Promise<string> {
  const file = createReadStream(path);
  const unpacked = file.pipe(createGunzip());
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked)
      return (chunk as Buffer).subarray(0, LOOKED_AT_BYTES).toString('latin1');
    return '';
  } catch (error) {
    throw new FactoryError('BAD_INVOCATION', `${path} cannot be unpacked: ${(error as Error).message}`);
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}

export function throwDamaged(error: Error): never {
  throw new FactoryError('BAD_INVOCATION', `the dump file cannot be read: ${error.message}`, {
    hint: 'It may be damaged or cut short.',
  });
}
