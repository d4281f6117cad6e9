import { expect, test } from 'vitest';
import { stripSections } from '../../../../src/build/host/elf.ts';

/** A header, one program segment that covers 0x40..0x100, and 64 bytes of sections behind it. */
function makeProgram(): Buffer {
  const program = Buffer.alloc(0x140, 7);
  program.write('\x7fELF\x02\x01', 0, 'latin1');
  program.writeBigUInt64LE(0x40n, 0x20);
  program.writeBigUInt64LE(0x100n, 0x28);
  program.writeUInt16LE(56, 0x36);
  program.writeUInt16LE(1, 0x38);
  program.writeBigUInt64LE(0x40n, 0x40 + 8);
  program.writeBigUInt64LE(0xc0n, 0x40 + 32);
  return program;
}

test('everything behind the last segment is cut, and the header says that there are no sections', () => {
  const stripped = stripSections(makeProgram());
  expect(stripped).toHaveLength(0x100);
  expect(stripped.readBigUInt64LE(0x28)).toBe(0n);
  expect(stripped.subarray(0x3a, 0x40)).toEqual(Buffer.alloc(6));
  expect(stripped.subarray(0x40)).toEqual(makeProgram().subarray(0x40, 0x100));
});

test('anything but a 64-bit ELF program is refused', () => {
  expect(() => stripSections(Buffer.from('#!/bin/sh\n'.repeat(20)))).toThrow('only 64-bit');
});
