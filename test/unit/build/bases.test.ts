import { describe, expect, test } from 'vitest';
import { getDefaultBase } from '../../../src/build/bases.ts';

describe('the base of an image where none is asked for', () => {
  test('is this machine on Linux', () => {
    expect(getDefaultBase('linux')).toBe('host');
  });

  test.each(['darwin', 'win32', 'freebsd'] as const)('is an image from Docker Hub on %s', (system) => {
    expect(getDefaultBase(system)).toBe('docker.io/library/node:22-slim');
  });
});
