// The floor below every clone: a server starts on a plain folder that is ready, and a client gets its first row.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Server, ServerPlace } from '../../src/local/engine/engine.ts';
import { findEngineUser, giveToUser } from '../../src/local/engine/engine-user.ts';
import { findEngine, openEngines } from '../../src/local/engine/engines.ts';
import { measureMs, type Sample, sample } from './measure.ts';

const PORT = 16_999;
const PASSWORD = 'floor';

/** With the settings of a copy, on the same file system. */
export async function measureFloor(folder: string, runs: number): Promise<Sample> {
  const base = join(folder, 'floor');
  mkdirSync(base);
  chmodSync(base, 0o711);
  const engines = await openEngines({ dataDir: base, postgresBins: [], mariadbBins: [] });
  const engine = findEngine(engines, 'aurora-postgresql', '18');
  if (!engine) throw new Error('PostgreSQL 18 is not installed');
  const place = await makePlace(base);
  await engine.initialize(place);
  const first = await engine.start(place);
  const verifier = await engine.hashPassword(PASSWORD);
  await first.addMaster({ username: 'bench', verifier, isSuperuser: false, databaseName: 'bench' });
  await first.stop();
  return await sample(runs, async () => {
    let server: Server | undefined;
    const ms = await measureMs(async () => {
      server = await engine.start(place);
      await server.setAccess([{ cidr: '127.0.0.1/32' }]);
      await queryOnce();
    });
    await server?.stop();
    return ms;
  });
}

async function queryOnce(): Promise<void> {
  const login = { user: 'bench', password: PASSWORD, database: 'bench' };
  const client = new pg.Client({ host: '127.0.0.1', port: PORT, ...login });
  await client.connect();
  await client.query('SELECT 1');
  await client.end();
}

async function makePlace(base: string): Promise<ServerPlace> {
  const dataDir = join(base, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  await giveToUser(await findEngineUser(), dataDir);
  return {
    ...{ dataDir, stateDir: dataDir, launchPrefix: [], configDir: join(base, 'config') },
    ...{ logFile: join(base, 'log'), name: 'floor', port: PORT, isListening: true, isDurable: false },
  };
}
