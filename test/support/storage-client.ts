// Runs storage-child.ts and speaks with it: a storage driver that has a user of its own and can be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { type ErrorCode, FactoryError } from '../../src/errors.ts';
import type { OpenVolume, VolumeSize } from '../../src/local/storage/driver.ts';
import { makeToolEnv } from '../../src/local/storage/place.ts';
import { makeSmallShell } from '../../src/local/storage/small-shell.ts';
import { runChecked } from '../../src/run.ts';
import type { ChildSettings, Method, Reply } from './storage-child.ts';

export interface StorageClient {
  readonly name: string;
  readonly isGoldenAtomic: boolean;
  readonly reason: string;
  makeVolume(id: string): Promise<void>;
  makeGolden(volumeId: string, goldenId: string, excluded?: readonly string[]): Promise<void>;
  forkGolden(
    goldenId: string,
    volumeId: string,
    isLast?: boolean,
    readFirst?: readonly string[],
  ): Promise<void>;
  rename(id: string, newId: string): Promise<void>;
  openVolume(id: string): Promise<OpenVolume>;
  closeVolume(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  measureVolume(id: string): Promise<VolumeSize>;
  list(): Promise<string[]>;
  /** What an engine on the volume would run: a shell script in the data directory, as the owner. */
  runInside(id: string, script: string): Promise<string>;
  dispose(): Promise<void>;
  /** Ends the process; mounts stay. */
  end(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface ClientOptions extends ChildSettings {
  /** The user that the driver itself runs as. */
  readonly uid: number;
}

/** The text of one file that needs no folder of modules, so that every user can run it. */
export async function bundleStorageChild(): Promise<string> {
  const entryPoints = [new URL('storage-child.ts', import.meta.url).pathname];
  const common = { bundle: true, platform: 'node', format: 'esm', target: 'node20' } as const;
  const { outputFiles } = await build({ entryPoints, ...common, minify: true, write: false });
  return outputFiles.map(({ text }) => text).join('');
}

export async function startStorage(program: string, options: ClientOptions): Promise<StorageClient> {
  const { uid, ...settings } = options;
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === 0 ? {} : { uid, gid: uid }),
  });
  child.stdin.on('error', () => {}); // it may have been killed
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the storage process ended');
    const reply = JSON.parse(value) as Reply;
    if ('value' in reply) return reply.value;
    const { code, message, hint } = reply.error;
    throw new FactoryError(code as ErrorCode, message, { hint });
  };
  const call = async (method: Method, ...args: unknown[]): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify({ method, args })}\n`);
    return await read();
  };
  const shell = makeSmallShell(makeToolEnv(process.env));
  const opened = (await read()) as Pick<StorageClient, 'name' | 'isGoldenAtomic' | 'reason'>;
  const openVolume = async (id: string) => (await call('openVolume', id)) as OpenVolume;
  return {
    ...opened,
    makeVolume: async (id) => void (await call('makeVolume', id)),
    makeGolden: async (from, to, excluded = []) => void (await call('makeGolden', from, to, excluded)),
    forkGolden: async (from, to, isLast = false, readFirst = []) =>
      void (await call('forkGolden', from, to, isLast, readFirst)),
    rename: async (id, newId) => void (await call('rename', id, newId)),
    openVolume,
    closeVolume: async (id) => void (await call('closeVolume', id)),
    remove: async (id) => void (await call('remove', id)),
    measureVolume: async (id) => (await call('measureVolume', id)) as VolumeSize,
    list: async () => ((await call('list')) as string[]).sort(),
    runInside: async (id, script) => {
      const owner = String(settings.ownerUid);
      const args = ['--reuid', owner, '--regid', owner, '--clear-groups'];
      const command = formatInside(await openVolume(id), script);
      return (await shell.run('setpriv', [...args, ...command], '/')).trim();
    },
    dispose: async () => void (await call('dispose')),
    end: async () => {
      shell.close();
      await endChild(child, () => child.stdin.end());
    },
    kill: async () => {
      shell.close();
      await endChild(child, () => child.kill('SIGKILL'));
    },
  };
}

/** As an engine would run on an open volume, beside whatever else runs. */
export async function runInside(volume: OpenVolume, script: string, uid: number): Promise<string> {
  const [program = '', ...args] = formatInside(volume, script);
  const said = await runChecked(program, args, { env: makeToolEnv(process.env), uid, gid: uid });
  return said.trim();
}

function formatInside({ launchPrefix, dataDir }: OpenVolume, script: string): readonly string[] {
  return [...launchPrefix, 'sh', '-ec', `cd "$0"\n${script}`, dataDir];
}

async function endChild(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  end();
  await gone;
}
