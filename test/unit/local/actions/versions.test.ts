import { describe, expect, test } from 'vitest';
import { checkParameterGroup, getVersion } from '../../../../src/local/actions/versions.ts';
import type { Databases, EngineVersion } from '../../../../src/local/databases.ts';

const make = (engine: EngineVersion['engine'], version: string, majorVersion: string) =>
  ({ engine, version, majorVersion, description: '', folder: '' }) as EngineVersion;
const MARIADBS = [make('aurora-mysql', '10.11.14', '10.11'), make('aurora-mysql', '11.4.5', '11.4')] as const;
const databases = {
  engineVersions: [...MARIADBS, make('aurora-postgresql', '18.4', '18')],
} as unknown as Databases;

describe('engine versions', () => {
  test.each([
    ['aurora-mysql', '10.11', '10.11.14'],
    ['aurora-mysql', '10.11.14', '10.11.14'],
    ['aurora-mysql', undefined, '11.4.5'],
    ['aurora-mysql', '8.0.mysql_aurora.3.05.2', '11.4.5'],
    ['aurora-mysql', '5.7', '11.4.5'],
    ['aurora-postgresql', '18', '18.4'],
  ] as const)('%s %s is %s', (engine, wanted, version) => {
    expect(getVersion(databases, engine, wanted).version).toBe(version);
  });

  test.each([
    ['aurora-mysql', '10.6.1'],
    ['aurora-postgresql', '8.0.mysql_aurora.3.05.2'],
  ] as const)('%s %s is not there', (engine, wanted) => {
    expect(() => getVersion(databases, engine, wanted)).toThrow('Cannot find version');
  });

  test("Aurora MySQL's default parameter group stands for the version's own", () => {
    const check = (name: string) =>
      checkParameterGroup('DBClusterParameterGroup', databases, MARIADBS[0], name);
    expect(check('default.aurora-mysql8.0')).toBe('default.aurora-mysql10.11');
    expect(() => check('orders')).toThrow('not found');
  });
});
