// Which storage driver is picked where, what is refused, and the life of the pool image.
import { chmod, chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type FileSystemKind,
  findFileSystemObstacle,
  makeFileSystem,
  type TestFileSystem,
} from '../support/file-systems.ts';
import { describeIfMet } from '../support/needs.ts';
import {
  bundleStorageChild,
  type ClientOptions,
  runInside,
  type StorageClient,
  startStorage,
} from '../support/storage-client.ts';

const OWNER = 65534;
const GIB = 1 << 30;

describeIfMet('ext4', await findFileSystemObstacle('ext4'))('on ext4', () => {
  const bench = prepare('ext4');

  it('makes a pool image for root, and puts overlays into it', async () => {
    const storage = await bench.open();
    expect(storage.name).toBe('overlay');
    expect(storage.reason).toMatch(
      /^storage driver overlay in the pool image .*pool\.xfs, because nothing is faster/,
    );
    const image = await stat(join(bench.folder, 'pool.xfs'));
    expect(image.size).toBe(2 * GIB);
    expect(image.blocks * 512).toBeLessThan(0.1 * GIB);
  });

  it('copies for anyone else, and says what would be faster', async () => {
    const storage = await bench.open({ uid: OWNER });
    expect(storage.name).toBe('copy');
    expect(storage.reason).toMatch(
      /only root can mount a pool image.*reflink: its file system cannot share blocks/,
    );
  });

  it('finds its pool again after a kill, after an end, and never doubles it', async () => {
    const first = await bench.open();
    await first.makeVolume('one');
    await first.runInside('one', 'echo row > table');
    await first.kill();
    const leaks = await bench.fileSystem.findLeaks();
    const second = await bench.open();
    expect(await second.runInside('one', 'cat table')).toBe('row');
    expect(await bench.fileSystem.findLeaks()).toEqual(leaks);
    await second.dispose();
    await second.end();
    await expect.poll(bench.fileSystem.findLeaks).toEqual([]);
    const third = await bench.open();
    expect(await third.runInside('one', 'cat table')).toBe('row');
  });

  it('never starts with an empty pool when its image is gone', async () => {
    const first = await bench.open();
    await first.makeVolume('one');
    await first.dispose();
    await first.end();
    const image = join(bench.folder, 'pool.xfs');
    await rename(image, `${image}.away`);
    await expect(bench.open()).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining(image),
    });
    await writeFile(image, 'no file system');
    await expect(bench.open()).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await expect.poll(bench.fileSystem.findLeaks).toEqual([]);
    await rename(`${image}.away`, image);
    expect(await (await bench.open()).list()).toEqual(['one']);
  });

  it('copies when the pool cannot be made', async () => {
    const storage = await bench.open({ poolSizeBytes: 1 << 20 });
    expect(storage.name).toBe('copy');
    expect(storage.reason).toMatch(/mkfs\.xfs ended with status 1/);
    expect((await readdir(bench.folder)).sort()).toEqual(['volumes']);
    await expect.poll(bench.fileSystem.findLeaks).toEqual([]);
  });

  it.each(['snapshot', 'reflink', 'overlay'] as const)('refuses %s where it cannot work', async (wanted) => {
    const opening = bench.open({ wanted, uid: OWNER });
    await expect(opening).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining(`the storage driver ${wanted} does not work in`),
    });
    expect((await bench.open({ wanted: 'copy', uid: OWNER })).name).toBe('copy');
  });

  it('names a folder that it may not use, or that engines cannot enter', async () => {
    await mkdir(join(bench.folder, 'volumes'), { mode: 0o755 });
    await expect(bench.open({ uid: OWNER })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining(join(bench.folder, 'volumes')),
    });
    await chown(bench.folder, 0, 0);
    await chmod(bench.folder, 0o700);
    await expect(bench.open({ wanted: 'copy' })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: `the user ${OWNER} of the engines cannot enter ${bench.folder}`,
    });
    await chmod(bench.folder, 0o755);
  });
});

describeIfMet('xfs', await findFileSystemObstacle('xfs'))('on XFS', () => {
  const bench = prepare('xfs');

  it('picks overlays, by root and in user namespaces, and never changes between them', async () => {
    expect((await bench.open()).reason).toMatch(
      /^storage driver overlay in .*\/volumes, because nothing is faster/,
    );
    await bench.end();
    await expect(bench.open({ uid: OWNER })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await rm(join(bench.folder, 'volumes'), { recursive: true });
    expect((await bench.open({ uid: OWNER })).reason).toMatch(/nothing is faster: .*user namespace/);
    await bench.end();
    await expect(bench.open()).rejects.toMatchObject({
      message: expect.stringContaining('overlay (in a user namespace), which does not work now'),
    });
  });

  it('refuses another driver than the volumes were made with', async () => {
    const first = await bench.open({ wanted: 'reflink' });
    await first.makeVolume('one');
    await bench.end();
    await expect(bench.open({ wanted: 'copy' })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringMatching(/was made with the driver reflink, which copy cannot read$/),
    });
    expect((await bench.open()).name).toBe('reflink');
  });

  it('refuses volumes without the file that names their driver, or with a damaged one', async () => {
    const marker = join(bench.folder, 'volumes', 'driver.json');
    const first = await bench.open();
    await first.makeVolume('one');
    await bench.end();
    await rename(marker, join(bench.folder, 'away'));
    await expect(bench.open()).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringMatching(/holds one but not the file driver\.json$/),
    });
    await writeFile(marker, '{"driver":"other"}');
    await expect(bench.open()).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining(marker),
    });
    await rename(join(bench.folder, 'away'), marker);
    expect(await (await bench.open()).list()).toEqual(['one']);
  });

  it('mounts a volume for one engine at a time in user namespaces', async () => {
    const storage = await bench.open({ uid: OWNER });
    await storage.makeVolume('source');
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'fork');
    const started = join(bench.folder, 'started');
    const stop = join(bench.folder, 'stop');
    const first = runInside(
      await storage.openVolume('fork'),
      `: > ${started}; while [ ! -e ${stop} ]; do sleep 0.05; done; echo 1 > row`,
      OWNER,
    );
    await expect.poll(async () => await stat(started).catch(() => undefined)).toBeDefined();
    await expect(storage.runInside('fork', 'true')).rejects.toThrow('volume fork is in use');
    await writeFile(stop, '');
    await first;
    expect(await storage.runInside('fork', 'cat row')).toBe('1');
  });
});

describeIfMet('btrfs', await findFileSystemObstacle('btrfs'))('on btrfs', () => {
  const bench = prepare('btrfs');

  it('takes snapshots when asked to, of one instant', async () => {
    const storage = await bench.open({ wanted: 'snapshot' });
    expect(storage.isGoldenAtomic).toBe(true);
    expect(storage.reason).toMatch(/^storage driver snapshot in .*, because it was asked for: /);
  });
});

interface ChoiceBench {
  fileSystem: TestFileSystem;
  folder: string;
  open(changes?: Partial<ClientOptions>): Promise<StorageClient>;
  /** Of the storage opened last. */
  end(): Promise<void>;
}

/** A new data folder for every test; whatever is left open is closed and looked for. */
function prepare(kind: FileSystemKind): ChoiceBench {
  const bench = {} as ChoiceBench;
  const opened: StorageClient[] = [];
  let program: string;
  bench.open = async (changes = {}) => {
    const uid = changes.uid ?? 0;
    if (uid !== 0) await chown(bench.folder, uid, uid).catch(() => {});
    const options = { root: join(bench.folder, 'volumes'), ownerUid: OWNER, uid, ...changes };
    const storage = await startStorage(program, options);
    opened.push(storage);
    return storage;
  };
  bench.end = async () => {
    const storage = opened.pop();
    for (const id of (await storage?.list()) ?? []) await storage?.closeVolume(id);
    await storage?.dispose();
    await storage?.end();
  };
  beforeAll(async () => {
    bench.fileSystem = await makeFileSystem(kind, 3 * GIB);
    program = join(bench.fileSystem.folder, '..', 'storage-child.mjs');
    await writeFile(program, await bundleStorageChild());
  });
  beforeEach(async () => {
    bench.folder = join(bench.fileSystem.folder, 'data');
    await mkdir(bench.folder);
  });
  afterEach(async () => {
    const last = opened.at(-1);
    await last?.dispose().catch(() => {});
    for (const storage of opened.splice(0)) await storage.kill();
    await expect.poll(bench.fileSystem.findLeaks).toEqual([]);
    await rm(bench.folder, { recursive: true });
  });
  afterAll(async () => await bench.fileSystem?.[Symbol.asyncDispose]());
  return bench;
}
