// Cuts the symbol tables off a 64-bit ELF program, which is what `strip` does; the bytes depend on the input alone.
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
import { FactoryError } from '../../errors.ts';

const MAGIC = '\x7fELF';
const CLASS_64_LITTLE_ENDIAN = '\x02\x01';
const HEADER = {
  programTable: 0x20,
  sectionTable: 0x28,
  programEntryBytes: 0x36,
  programCount: 0x38,
} as const;
const SECTION_FIELDS = { start: 0x3a, end: 0x40 } as const;
const PROGRAM = { offset: 8, fileBytes: 32 } as const;

/** What the kernel and the loader use lies in program segments; sections behind the last one are for debuggers. */
export function stripSections(program: Buffer): Buffer {
  if (program.toString('latin1', 0, 6) !== MAGIC + CLASS_64_LITTLE_ENDIAN) {
    throw new FactoryError('NOT_SUPPORTED', 'only 64-bit little-endian ELF programs can be stripped');
  }
  const stripped = Buffer.from(program.subarray(0, getSegmentsEnd(program)));
  stripped.writeBigUInt64LE(0n, HEADER.sectionTable);
  stripped.fill(0, SECTION_FIELDS.start, SECTION_FIELDS.end);
  return stripped;
}

function getSegmentsEnd(program: Buffer): number {
  const table = Number(program.readBigUInt64LE(HEADER.programTable));
  const entryBytes = program.readUInt16LE(HEADER.programEntryBytes);
  const count = program.readUInt16LE(HEADER.programCount);
  const ends = Array.from({ length: count }, (_, i) => {
    const entry = table + i * entryBytes;
    const offset = program.readBigUInt64LE(entry + PROGRAM.offset);
    return Number(offset + program.readBigUInt64LE(entry + PROGRAM.fileBytes));
  });
  return Math.max(table + count * entryBytes, ...ends);
}
