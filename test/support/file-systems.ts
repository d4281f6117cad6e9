// Real file systems for tests: images in a temporary folder, mounted through loop devices, all of it removed again.
import { chmod, mkdir, mkdtemp, open, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detachImage } from '../../src/local/storage/loop-devices.ts';
import { listMountsBelow, unmount } from '../../src/local/storage/mounts.ts';
import { makeToolEnv } from '../../src/local/storage/place.ts';
import { runChecked, runProgram } from '../../src/run.ts';

export type FileSystemKind = 'xfs' | 'btrfs' | 'ext4';

export interface TestFileSystem extends AsyncDisposable {
  /** The mount point. */
  readonly folder: string;
  /** Mounts and attached images on this file system; empty when nothing leaked. */
  findLeaks(): Promise<string[]>;
}

const MKFS: Record<FileSystemKind, readonly string[]> = {
  xfs: ['mkfs.xfs', '-q', '-m', 'reflink=1'],
  btrfs: ['mkfs.btrfs', '-q'],
  ext4: ['mkfs.ext4', '-q', '-E', 'lazy_itable_init=1,lazy_journal_init=1'],
};

const env = makeToolEnv(process.env);

/** What the machine lacks for `makeFileSystem`, if anything. */
export async function findFileSystemObstacle(kind: FileSystemKind): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'mounting file systems needs root';
  const { status } = await runProgram('sh', ['-c', `command -v ${MKFS[kind][0]}`], { env });
  if (status !== 0) return `${MKFS[kind][0]} is not installed`;
  return (await runProgram('losetup', ['--find'], { env })).status === 0 ? undefined : 'no loop devices';
}

export async function makeFileSystem(kind: FileSystemKind, sizeBytes: number): Promise<TestFileSystem> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'db-artifact-storage-')));
  await chmod(home, 0o755);
  const folder = join(home, 'mounted');
  const fileSystem = {
    folder,
    findLeaks: async () => [...(await listMountsBelow(folder)), ...(await listImages(folder))],
    async [Symbol.asyncDispose]() {
      for (const path of (await listMountsBelow(home)).reverse()) await unmount(path, env);
      for (const image of await listImages(home)) await detachImage(image, env);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await mkdir(folder);
    await makeAndMount(kind, join(home, 'image'), sizeBytes, folder);
    return fileSystem;
  } catch (error) {
    await fileSystem[Symbol.asyncDispose]();
    throw error;
  }
}

async function makeAndMount(kind: FileSystemKind, image: string, sizeBytes: number, folder: string) {
  await using file = await open(image, 'w');
  await file.truncate(sizeBytes);
  const [program = '', ...args] = [...MKFS[kind], image];
  await runChecked(program, args, { env });
  const options = kind === 'btrfs' ? 'loop,user_subvol_rm_allowed' : 'loop';
  await runChecked('mount', ['-t', kind, '-o', options, image, folder], { env });
  await chmod(folder, 0o755);
}

/** Images below a folder that are attached to loop devices. */
async function listImages(folder: string): Promise<string[]> {
  const said = await runChecked('losetup', ['--noheadings', '--output', 'BACK-FILE'], { env });
  const images = said.split('\n').map((line) => line.trim());
  return images.filter((image) => image.startsWith(`${folder}/`));
}
