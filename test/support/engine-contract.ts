// The contract of the engine seam, as tests that every engine must pass on real data directories.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Server, ServerPlace } from '../../src/local/engine/engine.ts';
import { findProcess, signalProcess } from '../../src/local/processes.ts';
import { copyData, makePlace } from './engine-places.ts';
import { makeTestFolder, type TestFolder } from './folders.ts';
import { MASTER, PASSWORD } from './local-cluster.ts';
import type { LoginOptions } from './login.ts';

/** What differs from engine to engine. */
export interface EngineDialect {
  readonly title: string;
  open(dataDir: string): Promise<Engine>;
  query(login: LoginOptions, text: string): Promise<Record<string, unknown>[]>;
  readonly saysNoAccess: RegExp;
  readonly saysWrongPassword: RegExp;
  /** The name of the superuser. */
  readonly superuser: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
  /** Changes that no row counts, such as a view. */
  readonly changes: readonly string[];
  /** Ends a server so that it must recover. */
  readonly killSignal: NodeJS.Signals;
}

const EVERYWHERE = [{ cidr: '0.0.0.0/0' }];
const ACCOUNT = { username: MASTER, isSuperuser: false, databaseName: 'shop' };

export function describeEngine(dialect: EngineDialect): void {
  describe(dialect.title, () => {
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
      await server.addMaster({ ...ACCOUNT, verifier: await engine.hashPassword(PASSWORD) });
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
      await dialect.query({ port: place.port, ...login }, text);

    test('nobody gets in over TCP before access is given', async () => {
      await expect(query('SELECT 1')).rejects.toThrow(dialect.saysNoAccess);
    });

    test('the master user gets in with the password, from addresses that have access', async () => {
      await server.setAccess(EVERYWHERE);
      expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await expect(query('SELECT 1', { password: 'wrong' })).rejects.toThrow(dialect.saysWrongPassword);
      await server.setAccess([{ cidr: '10.0.0.0/8' }]);
      await expect(query('SELECT 1')).rejects.toThrow(dialect.saysNoAccess);
      await server.setAccess([]);
      await expect(query('SELECT 1')).rejects.toThrow(dialect.saysNoAccess);
      await server.setAccess([{ cidr: '10.0.0.0/8' }, { cidr: '127.0.0.1/32' }]);
      expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    test('the superuser gets in from nowhere', async () => {
      for (const password of ['', PASSWORD]) {
        await expect(query('SELECT 1', { user: dialect.superuser, password })).rejects.toThrow();
      }
    });

    test('the master user may do what it may do on RDS, and is no superuser', async () => {
      for (const statement of dialect.allowed) await query(statement);
      for (const statement of dialect.forbidden) await expect(query(statement)).rejects.toThrow();
      await query('CREATE TABLE items (id int PRIMARY KEY)');
    });

    test('a new password replaces the old one, and a dropped master user is there again', async () => {
      const verifier = await engine.hashPassword('new');
      await server.setPassword({ ...ACCOUNT, verifier });
      await expect(query('SELECT 1')).rejects.toThrow(dialect.saysWrongPassword);
      await server.setPassword({ ...ACCOUNT, username: 'other', verifier });
      expect(await query('SELECT 1 AS one', { user: 'other', password: 'new' })).toEqual([{ one: 1 }]);
      await server.setPassword({ ...ACCOUNT, verifier: await engine.hashPassword(PASSWORD) });
    });

    test('without a password nobody gets in as the master user', async () => {
      await server.setPassword({ ...ACCOUNT, username: 'nobody', verifier: undefined });
      for (const password of ['', 'invalid', PASSWORD]) {
        await expect(query('SELECT 1', { user: 'nobody', password })).rejects.toThrow();
      }
    });

    test('the content key changes with a write, and only with one', async () => {
      await query('INSERT INTO items VALUES (1)');
      const key = await waitForStableKey(server);
      await query('SELECT * FROM items');
      expect(await server.readContentKey()).toBe(key);
      const seen = [key];
      for (const change of ['INSERT INTO items VALUES (2)', ...dialect.changes]) {
        await query(change);
        seen.push(await server.readContentKey());
      }
      expect(new Set(seen).size).toBe(seen.length);
    });

    test.each([true, false])(
      'a copy of a running server starts with its rows (durable: %s)',
      async (isDurable) => {
        const target = await makePlace(folder, `copy-${isDurable}`);
        await waitForStableKey(server);
        const copy = await server.copyWhileRunning(false, async (isExcluded) => {
          await copyData(place, target, isExcluded);
        });
        expect(copy.contentKey).toBe(await server.readContentKey());
        expect(await copy.complete(target.stateDir)).toBe(true);
        expect(await engine.readCopyTerms(target)).toBeUndefined();
        const copied = await start({ ...target, isDurable });
        await expect(query('SELECT 1', { port: target.port })).rejects.toThrow(dialect.saysNoAccess);
        await copied.setAccess(EVERYWHERE);
        const rows = await query('SELECT id FROM items ORDER BY id', { port: target.port });
        expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
        await copied.stop();
        expect(await engine.readCopyTerms(target)).toBeDefined();
      },
    );

    test('a copy that was written to meanwhile has no content key but that of what it holds', async () => {
      const target = await makePlace(folder, 'busy');
      const writing: Promise<unknown>[] = [];
      const copy = await server.copyWhileRunning(false, async (isExcluded) => {
        writing.push(query('INSERT INTO items VALUES (3)'));
        await copyData(place, target, isExcluded);
      });
      await Promise.all(writing);
      if (copy.contentKey !== (await server.readContentKey())) return;
      expect(await copy.complete(target.stateDir)).toBe(true);
      const copied = await start(target);
      await copied.setAccess(EVERYWHERE);
      const rows = await query('SELECT id FROM items WHERE id = 3', { port: target.port });
      expect(rows).toEqual([{ id: 3 }]);
      await copied.stop();
    });

    test('a stopped data directory has terms for a copy, which change with every run; a killed one has none', async () => {
      const target = await makePlace(folder, 'stopped');
      await engine.initialize(target);
      const terms = await engine.readCopyTerms(target);
      expect(terms?.contentKey).toBe((await engine.readCopyTerms(target))?.contentKey);
      const changed = await start(target);
      await changed.addMaster({ ...ACCOUNT, verifier: await engine.hashPassword(PASSWORD) });
      await changed.stop();
      expect((await engine.readCopyTerms(target))?.contentKey).not.toBe(terms?.contentKey);
      const killed = await start(target);
      signalProcess(killed.record.pid, dialect.killSignal);
      await killed.ended;
      expect(await engine.readCopyTerms(target)).toBeUndefined();
    });

    test('a running server is found again, and is the same', async () => {
      const found = await engine.find(place);
      expect(found?.record).toEqual(server.record);
      expect(found?.port).toBe(place.port);
      expect(await found?.readContentKey()).toBe(await server.readContentKey());
      expect(await engine.find(await makePlace(folder, 'nobody'))).toBeUndefined();
    });

    test('a server that does not start says why', async () => {
      const target = await makePlace(folder, 'broken');
      await expect(engine.start(target)).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        message: expect.stringMatching(/did not start: .*\S/),
        hint: expect.stringContaining(target.logFile),
      });
    });

    test('a stopped server is gone, and so is its port', async () => {
      await server.stop();
      expect(await findProcess(server.record.pid)).toBeUndefined();
      await expect(query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
    });
  });
}

/** Servers write a little for themselves within the second after a change, and then no more. */
async function waitForStableKey(server: Server): Promise<string> {
  const deadline = Date.now() + 60_000;
  let [key, since] = ['', Date.now()];
  while (Date.now() - since < 2000) {
    if (Date.now() > deadline) throw new Error('the content key keeps changing');
    const found = await server.readContentKey();
    if (found !== key) [key, since] = [found, Date.now()];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return key;
}
