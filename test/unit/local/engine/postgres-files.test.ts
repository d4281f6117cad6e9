import { describe, expect, test } from 'vitest';
import type { ServerPlace } from '../../../../src/local/engine/engine.ts';
import { formatHba, formatIdent } from '../../../../src/local/engine/postgres-access.ts';
import { isLogFile, isOfTheProcess } from '../../../../src/local/engine/postgres-backup.ts';
import { listMasterStatements, listSystemStatements } from '../../../../src/local/engine/postgres-roles.ts';
import { formatSettings } from '../../../../src/local/engine/postgres-settings.ts';

const PLACE: ServerPlace = {
  dataDir: '/d',
  stateDir: '/d',
  launchPrefix: [],
  configDir: '/c',
  logFile: '/l',
  name: 'shop',
  port: 5432,
  isListening: true,
  isDurable: true,
};

describe('access rules', () => {
  test('without rules nobody gets in over TCP', () => {
    expect(formatHba([])).toBe(
      'local all,replication rdsadmin peer map=supervisor\nhost all rdsadmin all reject\nhost rdsadmin all all reject\n',
    );
  });

  test('each address range is let in once, after the refusals', () => {
    const lines = formatHba([{ cidr: '10.0.0.0/8' }, { cidr: '::1/128' }, { cidr: '10.0.0.0/8' }]).split(
      '\n',
    );
    expect(lines.slice(3)).toEqual([
      'host all all 10.0.0.0/8 scram-sha-256',
      'host all all ::1/128 scram-sha-256',
      '',
    ]);
  });

  test('each user of the system is mapped once', () => {
    expect(formatIdent(['root', 'postgres', 'root'])).toBe(
      'supervisor "root" rdsadmin\nsupervisor "postgres" rdsadmin\n',
    );
  });
});

describe('settings', () => {
  test('a durable server waits for the disk, a copy does not', () => {
    expect(formatSettings('18', PLACE)).not.toContain('fsync');
    expect(formatSettings('18', { ...PLACE, isDurable: false })).toContain("fsync = 'off'");
  });

  test('an older version gets no setting that it does not know', () => {
    expect(formatSettings('18', PLACE)).toContain('io_method');
    expect(formatSettings('17', PLACE)).not.toContain('io_m');
  });
});

describe('roles', () => {
  test('names and verifiers are quoted', () => {
    const master = { username: 'o"brien', verifier: "a'b", isSuperuser: false, databaseName: 'shop' };
    expect(listMasterStatements(master)).toEqual([
      `CREATE ROLE "o""brien" LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD 'a''b'`,
      'GRANT rds_superuser TO "o""brien" WITH ADMIN OPTION',
      'ALTER DATABASE postgres OWNER TO "o""brien"',
      'CREATE DATABASE "shop" OWNER "o""brien"',
    ]);
  });

  test('the database that is there anyway is not made again', () => {
    const master = { username: 'a', verifier: undefined, isSuperuser: true, databaseName: 'postgres' };
    expect(listMasterStatements(master).join()).not.toContain('CREATE DATABASE');
  });

  test('only roles that the version has are granted', () => {
    expect(listSystemStatements('15').join()).not.toContain('pg_maintain');
    expect(listSystemStatements('17').join()).toContain('pg_maintain');
  });
});

describe('what a copy leaves out', () => {
  test.each([
    'postmaster.pid',
    'pg_replslot/one',
    'base/1/pg_internal.init',
    'base/pgsql_tmp/pgsql_tmp12.0',
    'backup_label',
  ])('%s belongs to the process', (path) => {
    expect(isOfTheProcess(path)).toBe(true);
  });

  test.each(['base/1/1259', 'global/pg_control', 'PG_VERSION', 'pg_replslot'])('%s is data', (path) => {
    expect(isOfTheProcess(path)).toBe(false);
    expect(isLogFile(path)).toBe(false);
  });

  test('folders of the log stay, its files do not', () => {
    expect(isLogFile('pg_wal/000000010000000000000001')).toBe(true);
    expect(isLogFile('pg_wal')).toBe(false);
    expect(isLogFile('pg_wal/archive_status')).toBe(false);
  });
});
