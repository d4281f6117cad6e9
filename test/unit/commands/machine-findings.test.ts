import { expect, test } from 'vitest';
import { describeDisk, describeEngines, describeStorage } from '../../../src/commands/machine-findings.ts';

test('a full disk is a fault', () => {
  expect(describeDisk(5e9, '/data')).toBe('5.0 GB free in /data');
  expect(() => describeDisk(5e8, '/data')).toThrow('500 MB free in /data');
});

test('a machine without engines can still use AWS', () => {
  const engine = { name: 'MariaDB', version: '10.11.14', folder: '/usr/sbin' } as const;
  expect(describeEngines([engine])).toBe('MariaDB 10.11.14 (/usr/sbin)');
  expect(() => describeEngines([])).toThrow('no database engine');
});

test('plain copies work, and a better place is named', () => {
  const storage = { driver: 'overlay', fork: 'a fork is a mount', isInUse: true };
  expect(describeStorage(storage)).toBe('overlay: a fork is a mount (in use)');
  expect(() => describeStorage({ ...storage, driver: 'copy' })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('XFS or btrfs') }),
  );
});
