// Runs one body of tests for every storage driver on every file system it is for, as root and as another user.
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { DriverName } from '../../src/local/storage/driver.ts';
import {
  type FileSystemKind,
  findFileSystemObstacle,
  makeFileSystem,
  type TestFileSystem,
} from './file-systems.ts';
import { describeIfMet } from './needs.ts';
import {
  bundleStorageChild,
  type ClientOptions,
  type StorageClient,
  startStorage,
} from './storage-client.ts';
import { waitFor } from './wait.ts';

export interface Variant {
  readonly title: string;
  readonly on: FileSystemKind;
  readonly driver: DriverName;
  /** The user that the driver runs as; engines always run as OWNER. */
  readonly uid: number;
}

/** What a test works with; every test begins with no volumes. */
export interface Bench {
  storage: StorageClient;
  options: ClientOptions;
  fileSystem: TestFileSystem;
  /** Begins again where a killed or ended process left off. */
  restart(changes?: Partial<ClientOptions>): Promise<void>;
  /** Everything in the folder of the volumes, hidden or not. */
  listItems(): Promise<string[]>;
}

/** nobody */
export const OWNER = 65534;
const GIB = 1 << 30;

const VARIANTS: readonly Variant[] = [
  { title: 'overlay mounted by root on XFS', on: 'xfs', driver: 'overlay', uid: 0 },
  { title: 'overlay mounted by root on btrfs', on: 'btrfs', driver: 'overlay', uid: 0 },
  { title: 'overlay mounted by root in a pool on ext4', on: 'ext4', driver: 'overlay', uid: 0 },
  { title: 'overlay in user namespaces on XFS', on: 'xfs', driver: 'overlay', uid: OWNER },
  { title: 'overlay in user namespaces on btrfs', on: 'btrfs', driver: 'overlay', uid: OWNER },
  { title: 'snapshot by root on btrfs', on: 'btrfs', driver: 'snapshot', uid: 0 },
  { title: 'snapshot by another user on btrfs', on: 'btrfs', driver: 'snapshot', uid: OWNER },
  { title: 'reflink by root on XFS', on: 'xfs', driver: 'reflink', uid: 0 },
  { title: 'reflink by another user on btrfs', on: 'btrfs', driver: 'reflink', uid: OWNER },
  { title: 'copy by root on ext4', on: 'ext4', driver: 'copy', uid: 0 },
  { title: 'copy by another user on ext4', on: 'ext4', driver: 'copy', uid: OWNER },
];

const obstacles = await Promise.all(VARIANTS.map(async ({ on }) => await findFileSystemObstacle(on)));

export function describeDrivers(body: (bench: Bench, variant: Variant) => void): void {
  let text: Promise<string> | undefined;
  const bundle = async (): Promise<string> => {
    text ??= bundleStorageChild();
    return await text;
  };
  for (const [index, variant] of VARIANTS.entries()) {
    describeIfMet(variant.on, obstacles[index])(variant.title, () => {
      const bench = prepareBench(variant, bundle);
      body(bench, variant);
    });
  }
}

function prepareBench({ on, driver, uid }: Variant, bundle: () => Promise<string>): Bench {
  const bench = {} as Bench;
  let program: string;
  bench.restart = async (changes = {}) => {
    bench.storage = await startStorage(program, { ...bench.options, ...changes });
  };
  bench.listItems = async () => {
    const { root } = bench.options;
    const pool = join(dirname(root), 'pool', 'volumes');
    const names = [...(await readdir(root)), ...(await readdir(pool).catch(() => []))];
    return names.filter((name) => name !== 'driver.json').sort();
  };

  beforeAll(async () => {
    bench.fileSystem = await makeFileSystem(on, 1.75 * GIB);
    program = join(dirname(bench.fileSystem.folder), 'storage-child.mjs');
    await writeFile(program, await bundle());
    const dataFolder = join(bench.fileSystem.folder, 'data');
    await mkdir(dataFolder);
    await chown(dataFolder, uid, uid);
    const root = join(dataFolder, 'volumes');
    bench.options = { root, wanted: driver, ownerUid: OWNER, uid, poolSizeBytes: GIB };
    await bench.restart();
  });

  /** Whatever the test did: after a kill and a start everything can be removed, and nothing is left. */
  afterEach(async () => {
    await bench.storage.kill();
    await bench.restart();
    for (const id of await bench.storage.list()) await bench.storage.remove(id);
    expect(await bench.listItems()).toEqual([]);
  });

  afterAll(async () => {
    try {
      await bench.storage?.dispose();
      await bench.storage?.end();
      await waitFor('no mount and no image left', async () => {
        return (await bench.fileSystem.findLeaks()).length === 0;
      });
      if (bench.options) await rm(dirname(bench.options.root), { recursive: true });
    } finally {
      await bench.fileSystem?.[Symbol.asyncDispose]();
    }
  });
  return bench;
}
