// Places for servers of one engine, without a storage driver: plain folders, and copies of them file by file.
import { chmod, cp, lstat, mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ServerPlace } from '../../src/local/engine/engine.ts';
import { findEngineUser, giveToUser } from '../../src/local/engine/engine-user.ts';
import { makeSubfolder, type TestFolder } from './folders.ts';

export async function makePlace(folder: TestFolder, name: string): Promise<ServerPlace> {
  const dataDir = await makeSubfolder(folder, `${name}/data`);
  await chmod(dataDir, 0o700);
  await giveToUser(await findEngineUser(), dataDir);
  return {
    dataDir,
    stateDir: dataDir,
    launchPrefix: [],
    configDir: join(await makeSubfolder(folder, `${name}/config`), 'own'),
    logFile: join(folder.path, `${name}.log`),
    name,
    port: await findFreePort(),
    isListening: true,
    isDurable: true,
  };
}

/** What a storage driver does, in the simplest way. */
export async function copyData(
  from: ServerPlace,
  to: ServerPlace,
  isExcluded: (path: string) => boolean,
): Promise<void> {
  const user = await findEngineUser();
  const visit = async (path: string): Promise<void> => {
    const [source, target] = [join(from.stateDir, path), join(to.stateDir, path)];
    if ((await lstat(source)).isDirectory()) {
      await mkdir(target, { recursive: true, mode: 0o700 });
      for (const name of await readdir(source)) {
        const child = join(path, name);
        if (!isExcluded(child)) await visit(child);
      }
    } else await cp(source, target);
    await giveToUser(user, target);
  };
  await visit('');
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
