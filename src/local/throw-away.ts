// A database of its own that lives as long as whoever asked for it, for trying things out. Needs no local RDS to run.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ConnectOptions } from '../sql/connect.ts';
import type { Engine, Server, ServerPlace } from './engine/engine.ts';
import { findEngineUser, giveToUser } from './engine/engine-user.ts';
import { type EngineSettings, openEngines } from './engine/engines.ts';
import { getOwnProcess, isProcessAlive } from './processes.ts';
import type { EngineFamily, ServerRecord } from './records.ts';

export interface ThrowAwaySettings extends EngineSettings {
  readonly family: EngineFamily;
  /** The newest engine of this major version, else the newest of all. */
  readonly majorVersion?: string | undefined;
  readonly databaseName: string;
}

export interface ThrowAway extends AsyncDisposable {
  readonly options: ConnectOptions;
  /** Of the engine that was taken. */
  readonly version: string;
}

const USER = 'rehearsal';
const TIMEOUT_MS = 10_000;
const OWNER_FILE = 'owner.json';

/** Undefined where this machine has no server of the family. */
export async function startThrowAway(settings: ThrowAwaySettings): Promise<ThrowAway | undefined> {
  const engines = (await openEngines(settings)).filter(({ family }) => family === settings.family);
  const engine = engines.find(({ majorVersion }) => majorVersion === settings.majorVersion) ?? engines[0];
  if (engine === undefined) return undefined;
  const parent = join(settings.dataDir, 'throw-away');
  await mkdir(parent, { recursive: true, mode: 0o711 });
  await removeOrphans(engines, parent);
  const folder = await mkdtemp(join(parent, 'database-'));
  let server: Server | undefined;
  const dispose = async (): Promise<void> => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const place = await makePlace(folder);
    await engine.initialize(place);
    server = await engine.start(place);
    const password = randomBytes(18).toString('hex');
    const verifier = await engine.hashPassword(password);
    const { databaseName } = settings;
    await server.addMaster({ username: USER, verifier, isSuperuser: false, databaseName });
    await server.setAccess([{ cidr: '127.0.0.1/32' }]);
    const options = makeOptions(engine, { port: place.port, password, database: databaseName });
    return { options, version: engine.version, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function makeOptions(
  { family }: Engine,
  login: Pick<ConnectOptions, 'port' | 'password' | 'database'>,
): ConnectOptions {
  return {
    ...login,
    family: family === 'aurora-postgresql' ? 'postgres' : 'mysql',
    host: '127.0.0.1',
    user: USER,
    tls: 'off',
    timeoutMs: TIMEOUT_MS,
  };
}

/** The engine's user passes through the folder, and owns the data. */
async function makePlace(folder: string): Promise<ServerPlace> {
  await chmod(folder, 0o711);
  await writeFile(join(folder, OWNER_FILE), JSON.stringify(await getOwnProcess()));
  return await openPlace(folder, await findFreePort());
}

async function openPlace(folder: string, port: number): Promise<ServerPlace> {
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await giveToUser(await findEngineUser(), dataDir);
  return {
    dataDir,
    stateDir: dataDir,
    launchPrefix: [],
    configDir: join(folder, 'config'),
    logFile: join(folder, 'server.log'),
    name: 'throw-away',
    port,
    isListening: true,
    isDurable: false,
  };
}

/** What a process that was killed has left running. */
async function removeOrphans(engines: readonly Engine[], parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const text = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined);
    if (text === undefined || (await isProcessAlive(JSON.parse(text) as ServerRecord))) continue;
    const place = await openPlace(folder, 0);
    for (const engine of engines) await (await engine.find(place))?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  return await new Promise<number>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
