// The records on the disk are those in memory, in whatever order and however quickly they change.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SecretRecord } from '../../src/local/records.ts';
import { openStore } from '../../src/local/store.ts';
import { makeTestFolder } from '../support/folders.ts';

test('of many changes at once the last one is on the disk', async () => {
  await using folder = await makeTestFolder();
  const path = join(folder.path, 'records');
  const { secrets } = await openStore(path);
  const makeRecord = (name: string) => ({ name, version: 0 }) as unknown as SecretRecord;
  const change = (version: number) => (record: SecretRecord) => ({ ...record, version });

  const first = secrets.put(makeRecord('kept'));
  const later = [1, 2, 3].map(async (version) => await secrets.update('kept', change(version)));
  const gone = [secrets.put(makeRecord('gone')), secrets.remove('gone')];
  const back = [secrets.put(makeRecord('back')), secrets.remove('back'), secrets.put(makeRecord('back'))];
  await Promise.all([first, ...later, ...gone, ...back]);

  const again = (await openStore(path)).secrets;
  expect(again.get('kept')).toEqual(secrets.get('kept'));
  expect(again.get('kept')).toMatchObject({ version: 3 });
  expect(again.list().map(({ name }) => name)).toEqual(['back', 'kept']);

  await again.remove('kept');
  await again.put(makeRecord('kept'));
  expect((await openStore(path)).secrets.get('kept')).toEqual(makeRecord('kept'));
});
