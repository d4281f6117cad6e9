import { expect, test } from 'vitest';
import { INI_KEYS } from '../../src/artifact/grammar.ts';
import { listSettings } from '../support/every-setting.ts';

const SECTIONS = ['target_db', 'network', 'hardware', 'maintenance', 'lifetime'];

test('every operational key of the INI file is one whose requests are tested', () => {
  const place = {
    engine: 'aurora-postgresql',
    subnetIds: [],
    clusterParameterGroup: 'a',
    instanceParameterGroup: 'b',
    storageType: 'aurora',
  } as const;
  const tested = listSettings(place, 'clone').map(({ section, key }) => `${section}.${key}`);
  const known = INI_KEYS.filter(({ section }) => SECTIONS.includes(section));
  expect(tested.sort()).toEqual(known.map(({ section, key }) => `${section}.${key}`).sort());
});
