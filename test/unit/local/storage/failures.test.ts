import { expect, it } from 'vitest';
import { FactoryError } from '../../../../src/errors.ts';
import { explainFailure } from '../../../../src/local/storage/failures.ts';

it('knows a full disk by its error number and by what programs print', () => {
  const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  expect(explainFailure('making a', '/volumes', full)).toMatchObject({
    code: 'DISK_FULL',
    message: 'making a: no room is left on the disk of /volumes',
  });
  const said = new FactoryError('CHILD_FAILED', 'cp ended with status 1: No space left on device');
  expect(explainFailure('making a', '/volumes', said).code).toBe('DISK_FULL');
});

it('names the place of any other failure, and keeps errors that say enough', () => {
  const denied = new Error('EACCES: permission denied');
  expect(explainFailure('making a', '/volumes', denied)).toMatchObject({
    code: 'STORAGE_FAILED',
    message: 'making a: EACCES: permission denied (in /volumes)',
  });
  const known = new FactoryError('NOT_FOUND', 'there is no a');
  expect(explainFailure('making a', '/volumes', known)).toBe(known);
});
