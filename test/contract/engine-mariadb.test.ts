// The contract of engines, and what is MariaDB's alone.

import { userInfo } from 'node:os';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine, Server, ServerPlace } from '../../src/local/engine/engine.ts';
import { openEngines } from '../../src/local/engine/engines.ts';
import { findSystemMariadb } from '../../src/local/engine/mariadb-programs.ts';
import { signalProcess } from '../../src/local/processes.ts';
import { describeEngine, type EngineDialect } from '../support/engine-contract.ts';
import { copyData, makePlace } from '../support/engine-places.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import { MASTER, PASSWORD } from '../support/local-cluster.ts';
import { type MysqlLogin, queryMysqlAs } from '../support/mysql-login.ts';
import { SUMS, startMysqlWriters, TABLES } from '../support/mysql-writers.ts';
import { describeIfMet } from '../support/needs.ts';

const bins = await findSystemMariadb();

const MARIADB: EngineDialect = {
  title: 'MariaDB of the system',
  async open(dataDir) {
    const [engine] = await openEngines({ dataDir, postgresBins: [], mariadbBins: bins }, null);
    return engine as Engine;
  },
  query: queryMysqlAs,
  saysNoAccess: /Access denied/,
  saysWrongPassword: /Access denied/,
  superuser: 'root',
  allowed: [
    'CREATE DATABASE other',
    "CREATE USER reader IDENTIFIED BY 'reads'",
    'GRANT SELECT ON shop.* TO reader',
    'SHOW PROCESSLIST',
    'FLUSH TABLES',
    'CREATE TABLE isam (id int) ENGINE = MyISAM',
    'CREATE TABLE aria (id int) ENGINE = Aria',
    'CREATE SEQUENCE numbers',
  ],
  forbidden: [
    "SELECT 1 INTO OUTFILE '/tmp/db-artifact-test'",
    'SET GLOBAL require_secure_transport = OFF',
    'SHUTDOWN',
    'GRANT SUPER ON *.* TO reader',
  ],
  changes: [
    'CREATE VIEW one AS SELECT 1 AS one',
    'INSERT INTO isam VALUES (1)',
    'INSERT INTO aria VALUES (1)',
    'UPDATE isam SET id = 2',
    'CREATE TRIGGER counted BEFORE INSERT ON isam FOR EACH ROW SET @counted = 1',
    "SET PASSWORD FOR reader = PASSWORD('more')",
    'ALTER DATABASE other CHARACTER SET latin1',
    'SELECT NEXTVAL(numbers)',
  ],
  killSignal: 'SIGKILL',
};

const needsMariadb = describeIfMet('mariadb', bins.length === 0 ? 'MariaDB is not installed' : undefined);

needsMariadb('the contract of engines', () => {
  describeEngine(MARIADB);
});

needsMariadb('a MariaDB server', () => {
  let folder: TestFolder;
  let engine: Engine;
  let place: ServerPlace;
  let server: Server;

  beforeAll(async () => {
    folder = await makeTestFolder();
    engine = await MARIADB.open(folder.path);
    place = await makePlace(folder, 'source');
    await engine.initialize(place);
    await restart();
    const verifier = await engine.hashPassword(PASSWORD);
    await server.addMaster({ username: MASTER, isSuperuser: false, databaseName: 'shop', verifier });
  });

  afterAll(async () => {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  });

  const restart = async (changes: Partial<ServerPlace> = {}) => {
    server = await engine.start({ ...place, ...changes });
    await server.setAccess([{ cidr: '127.0.0.0/8' }]);
  };
  const query = async (text: string, login: Partial<MysqlLogin> = {}) =>
    await queryMysqlAs({ port: place.port, ...login }, text);

  test('closed rules keep out every account, whatever its rights and its address', async () => {
    await query("CREATE USER local@'127.0.0.1' IDENTIFIED BY 'in'");
    await query("CREATE USER chief IDENTIFIED BY 'in'");
    await query('GRANT CONNECTION ADMIN ON *.* TO chief');
    const users = ['local', 'chief'].map((user) => ({ user, password: 'in', database: '' }));
    for (const login of users) await query('SELECT 1', login);
    await server.setAccess([]);
    for (const login of users) await expect(query('SELECT 1', login)).rejects.toThrow('Access denied');
    await expect(query('SELECT 1', { localAddress: '127.0.0.9' })).rejects.toThrow('Access denied');
    await server.setAccess([{ cidr: '::/0' }, { cidr: '127.0.0.2/32' }]);
    await expect(query('SELECT 1')).rejects.toThrow('Access denied');
    await server.setAccess([{ cidr: '127.0.0.0/8' }]);
    await query('SELECT 1');
  });

  test('the content key changes when an open transaction is committed, not when it reads or rests', async () => {
    const client = await createConnection({
      host: '127.0.0.1',
      port: place.port,
      user: MASTER,
      password: PASSWORD,
      database: 'shop',
    });
    await client.query('CREATE TABLE slow (id int PRIMARY KEY)');
    await client.query('BEGIN');
    await client.query('INSERT INTO slow VALUES (1)');
    const before = await server.readContentKey();
    await client.query('SELECT * FROM slow');
    await query('SELECT * FROM slow');
    expect(await server.readContentKey()).toBe(before);
    await client.query('COMMIT');
    await client.end();
    expect(await server.readContentKey()).not.toBe(before);
  });

  test('what was committed is there after a kill, also without flushes to the disk', async () => {
    await query('CREATE TABLE kept (id int PRIMARY KEY)');
    for (const isDurable of [true, false]) {
      await server.stop();
      await restart({ isDurable });
      await query(`INSERT INTO kept VALUES (${isDurable ? 1 : 2})`);
      signalProcess(server.record.pid, 'SIGKILL');
      await server.ended;
      await restart({ isDurable });
    }
    expect(await query('SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('a superuser that somebody dropped is there again after the next start', async () => {
    await query(`DROP USER ${userInfo().username}@localhost`);
    await server.stop();
    await restart();
    await server.readContentKey();
  });

  test('a reader follows its writer through kills of both, never writes, and gives up where it cannot go on', async () => {
    await server.stop();
    await restart({ isFollowed: true });
    await server.replication?.setFollowers(['reader_1']);
    await query('CREATE TABLE followed (id int)');
    const target = await makePlace(folder, 'reader');
    const copy = await server.copyWhileRunning(false, async (isExcluded) => {
      await copyData(place, target, isExcluded);
    });
    await query('INSERT INTO followed VALUES (1)');
    const follows = { name: 'reader_1', port: place.port, from: copy.position };
    const startReader = async () => {
      const reader = await engine.start({ ...target, isDurable: false, follows });
      await reader.setAccess([{ cidr: '127.0.0.1/32' }]);
      await reader.replication?.waitFor(String(await server.replication?.readPosition()));
      return reader;
    };
    const read = async () => await query('SELECT id FROM followed ORDER BY id', { port: target.port });
    let reader = await startReader();
    try {
      expect(await read()).toEqual([{ id: 1 }]);
      const found = await engine.find({ ...target, isDurable: false, follows });
      expect(found?.record).toEqual(reader.record);
      await found?.replication?.waitFor(String(await server.replication?.readPosition()));
      await expect(query('DELETE FROM followed', { port: target.port })).rejects.toThrow('read-only');
      await server.setAccess([]); // its way is not that of clients
      const [state] = await query('SHOW SLAVE STATUS', { port: target.port });
      await expect(query('SELECT 1', { port: Number(state?.['Master_Port']) })).rejects.toThrow('closed');
      signalProcess(reader.record.pid, 'SIGKILL');
      await reader.ended;
      signalProcess(server.record.pid, 'SIGKILL');
      await server.ended;
      await restart({ isFollowed: true });
      await query('INSERT INTO followed VALUES (2)');
      reader = await startReader();
      expect(await read()).toEqual([{ id: 1 }, { id: 2 }]);
      await query('CREATE FUNCTION two() RETURNS int DETERMINISTIC RETURN 2'); // as without a log
      await server.replication?.setFollowers([]);
      await reader.stop();
      await expect(engine.start({ ...target, isDurable: false, follows })).rejects.toThrow('reader_1');
    } finally {
      await reader.stop();
    }
  });

  test('tables with and without transactions agree in copies made under writes, which go on', async () => {
    for (const statement of TABLES) await query(statement);
    await using writers = startMysqlWriters(place.port, 3);
    const counts: number[] = [];
    for (let at = 0; at < 5; at++) {
      await writers.waitForMore(50);
      const target = await makePlace(folder, `copy${at}`);
      await server.copyWhileRunning(false, async (isExcluded) => {
        await copyData(place, target, isExcluded);
      });
      const copied = await engine.start({ ...target, isDurable: false });
      try {
        await copied.setAccess([{ cidr: '127.0.0.1/32' }]);
        const [sums] = await queryMysqlAs({ port: target.port }, SUMS);
        expect(sums?.['debits']).toEqual(sums?.['credits']);
        expect(await queryMysqlAs({ port: target.port }, 'CHECK TABLE debits, credits, notes')).toEqual(
          ['debits', 'credits', 'notes'].map((table) =>
            expect.objectContaining({ Table: `shop.${table}`, Msg_text: 'OK' }),
          ),
        );
        counts.push(Number(sums?.['transactions']));
      } finally {
        await copied.stop();
      }
    }
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
    const written = await writers.stop();
    expect(await query(SUMS)).toEqual([expect.objectContaining({ transactions: written })]);
  });
});
