// The contract of engines on every PostgreSQL that this machine has, and what is PostgreSQL's alone.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Server, ServerPlace } from '../../src/local/engine/engine.ts';
import { findEngine, openEngines } from '../../src/local/engine/engines.ts';
import { describeEngine, type EngineDialect } from '../support/engine-contract.ts';
import { copyData, makePlace } from '../support/engine-places.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import { MASTER, PASSWORD } from '../support/local-cluster.ts';
import { type LoginOptions, queryAs } from '../support/login.ts';
import { findSystemBins } from '../support/postgres-bins.ts';

const EVERYWHERE = [{ cidr: '0.0.0.0/0' }];

function makeDialect(title: string, majorVersion: string): EngineDialect {
  return {
    title: `PostgreSQL ${title}`,
    async open(dataDir) {
      const engines = await openEngines({ dataDir, postgresBins: findSystemBins(), mariadbBins: [] });
      return findEngine(engines, 'aurora-postgresql', majorVersion) as Engine;
    },
    query: queryAs,
    saysNoAccess: /no pg_hba.conf entry/,
    saysWrongPassword: /password authentication failed/,
    superuser: 'rdsadmin',
    allowed: [
      'CREATE DATABASE other',
      'CREATE ROLE reader',
      'CREATE EXTENSION pg_trgm',
      'CREATE SEQUENCE numbers',
      'SELECT * FROM pg_stat_activity',
      'CHECKPOINT',
    ],
    forbidden: [
      'COPY pg_class TO PROGRAM $$true$$',
      "COPY pg_class TO '/tmp/db-artifact-test'",
      'ALTER ROLE reader SUPERUSER',
      'ALTER SYSTEM SET fsync = off',
    ],
    changes: [
      'CREATE VIEW one AS SELECT 1 AS one',
      'CREATE UNLOGGED TABLE fast (id int)',
      'ALTER ROLE reader PASSWORD $$more$$',
      'ALTER DATABASE other SET search_path = public',
      'SELECT nextval($$numbers$$)',
    ],
    killSignal: 'SIGQUIT',
  };
}

const DIALECTS = [
  makeDialect('18 from npm', '18'),
  ...findSystemBins().map((path) => {
    const majorVersion = path.split('/').at(-2) ?? '';
    return makeDialect(`${majorVersion} of the system`, majorVersion);
  }),
];

for (const dialect of DIALECTS) {
  describeEngine(dialect);

  describe(`${dialect.title} alone`, () => {
    let folder: TestFolder;
    let engine: Engine;
    let place: ServerPlace;
    let server: Server;
    const servers = new Set<Server>();

    beforeAll(async () => {
      folder = await makeTestFolder();
      engine = await dialect.open(folder.path);
      place = await makePlace(folder, 'source');
      await engine.initialize(place);
      server = await start(place);
      const verifier = await engine.hashPassword(PASSWORD);
      await server.addMaster({ username: MASTER, isSuperuser: false, databaseName: 'shop', verifier });
      await server.setAccess(EVERYWHERE);
      await query('CREATE TABLE items (id int)');
    });

    afterAll(async () => {
      for (const running of servers) await running.stop();
      await folder[Symbol.asyncDispose]();
    });

    async function start(where: ServerPlace): Promise<Server> {
      const started = await engine.start(where);
      servers.add(started);
      void started.ended.then(() => servers.delete(started));
      return started;
    }

    const query = async (text: string, login: Partial<LoginOptions> = {}) =>
      await queryAs({ port: place.port, ...login }, text);

    test('the master user is itself, and sees what others run', async () => {
      expect(await query('SELECT current_user::text AS name')).toEqual([{ name: MASTER }]);
      expect(await query('SELECT count(*) > 0 AS sees FROM pg_stat_activity WHERE query <> $$$$')).toEqual([
        { sees: true },
      ]);
    });

    test('nobody gets in as the superuser, nor into its database', async () => {
      await expect(query('SELECT 1', { user: 'rdsadmin' })).rejects.toThrow('rejects');
      await expect(query('SELECT 1', { database: 'rdsadmin' })).rejects.toThrow('rejects');
    });

    test('a copy that was written to meanwhile, completed, holds that too', async () => {
      const target = await makePlace(folder, 'copy');
      const copy = await server.copyWhileRunning(false, async (isExcluded) => {
        await copyData(place, target, isExcluded);
        await query('INSERT INTO items VALUES (1)');
      });
      expect(await copy.complete(target.stateDir)).toBe(true);
      const copied = await start({ ...target, isDurable: false });
      await copied.setAccess(EVERYWHERE);
      expect(await query('SELECT id FROM items', { port: target.port })).toEqual([{ id: 1 }]);
      await copied.stop();
    });

    test('a copy whose first recovery broke off recovers at the next start', async () => {
      const target = await makePlace(folder, 'broken-off');
      const copy = await server.copyWhileRunning(false, async (isExcluded) => {
        await copyData(place, target, isExcluded);
        await query('INSERT INTO items VALUES (7)');
      });
      expect(await copy.complete(target.stateDir)).toBe(true);
      const label = await readFile(join(target.stateDir, 'backup_label'), 'utf8');
      const [, file = ''] = /\(file (\w+)\)/.exec(label) ?? [];
      const [, checkpoint = ''] = /CHECKPOINT LOCATION: \w+\/(\w+)/.exec(label) ?? [];
      const log = join(target.stateDir, 'pg_wal', file);
      const whole = await readFile(log);
      const cut = Buffer.from(whole).fill(0, (Number.parseInt(checkpoint, 16) % whole.length) + 256);
      await writeFile(log, cut); // recovery ends here, as it would if it were killed
      await expect(start({ ...target, isDurable: false })).rejects.toThrow('did not start');
      await writeFile(log, whole);
      const copied = await start({ ...target, isDurable: false });
      await copied.setAccess(EVERYWHERE);
      const { port } = target;
      expect(await query('SELECT id FROM items WHERE id = 7', { port })).toEqual([{ id: 7 }]);
      await copied.stop();
      await query('DELETE FROM items WHERE id = 7');
    });

    test('a copy of a stopped data directory takes one file of the log', async () => {
      const target = await makePlace(folder, 'stopped');
      await engine.initialize(target);
      const terms = await engine.readCopyTerms(target);
      const logs = (await readdir(join(target.stateDir, 'pg_wal'))).filter((file) => file.length === 24);
      expect(logs.filter((file) => !terms?.isExcluded(`pg_wal/${file}`))).toHaveLength(1);
    });

    test('a folder without data is said to be none', async () => {
      await expect(engine.start(await makePlace(folder, 'broken'))).rejects.toThrow(
        'is not a valid data directory',
      );
    });

    test('a reader follows the writer, also when that starts again, and never writes', async () => {
      const target = await makePlace(folder, 'reader');
      await server.replication?.setFollowers(['reader_1', 'reader_2']);
      await server.replication?.setFollowers(['reader_1']);
      const copy = await server.copyWhileRunning(false, async (isExcluded) => {
        await copyData(place, target, isExcluded);
      });
      expect(await copy.complete(target.stateDir)).toBe(true);
      const follows = { name: 'reader_1', port: place.port };
      const reader = await start({ ...target, isDurable: false, follows });
      await reader.setAccess(EVERYWHERE);
      await query('INSERT INTO items VALUES (2)');
      await waitForReader(reader);
      const port = target.port;
      expect(await query('SELECT max(id) AS id FROM items', { port })).toEqual([{ id: 2 }]);
      await expect(query('DELETE FROM items', { port })).rejects.toThrow('read-only transaction');

      await server.stop();
      server = await start(place);
      await server.setAccess(EVERYWHERE);
      await query('INSERT INTO items VALUES (3)');
      await waitForReader(reader);
      expect(await query('SELECT max(id) AS id FROM items', { port })).toEqual([{ id: 3 }]);

      await reader.stop();
      await server.replication?.setFollowers([]);
      expect(await query('SELECT slot_name FROM pg_replication_slots')).toEqual([]);
    });

    async function waitForReader(reader: Server): Promise<void> {
      await reader.replication?.waitFor(String(await server.replication?.readPosition()));
    }
  });
}
