// Makes, mounts and unmounts a file system in a sparse file. Knows neither volumes nor where the file should be.
import { chmod, chown, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { FactoryError } from '../../errors.ts';
import { runChecked, runProgram } from '../../run.ts';
import { attachImage, detachImage, releaseImage } from './loop-devices.ts';
import { isMounted, unmount } from './mounts.ts';
import { isRoot, type Owner } from './owner.ts';
import type { PoolPlace } from './pool-file.ts';

type FileSystem = PoolPlace['fileSystem'];

/** A log of XFS's default size would be written in full, which takes longer than all the rest. */
const MKFS: Readonly<Record<FileSystem, readonly string[]>> = {
  xfs: ['-q', '-m', 'reflink=1', '-l', 'size=64m'],
  btrfs: ['-q'],
};
/** Blocks of removed volumes are given back to the file; snapshots may be removed by who made them. */
export const POOL_MOUNT_OPTIONS: Readonly<Record<FileSystem, string>> = {
  xfs: 'noatime,discard',
  btrfs: 'noatime,discard,user_subvol_rm_allowed',
};

/** Why an image cannot be made and mounted here. */
export async function findImageObstacle(
  fileSystem: FileSystem,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (!isRoot()) return 'only root can mount a pool image';
  for (const program of [`mkfs.${fileSystem}`, 'losetup', 'mount']) {
    const { status } = await runProgram('sh', ['-c', 'command -v "$1"', 'sh', program], { env });
    if (status !== 0) return `${program} is not installed, which a pool image needs`;
  }
  return undefined;
}

/** The file appears complete. */
export async function makeImage(
  { image, fileSystem }: PoolPlace,
  sizeBytes: number,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    await writeFile(`${image}.new`, '', { mode: 0o600 });
    await truncate(`${image}.new`, sizeBytes);
    await runChecked(`mkfs.${fileSystem}`, [...MKFS[fileSystem], `${image}.new`], { env });
    await rename(`${image}.new`, image);
  } catch (error) {
    await rm(`${image}.new`, { force: true });
    throw error;
  }
}

/** The device is given back to the kernel at once, which detaches it when the file system is unmounted. */
export async function mountImage(
  { image, fileSystem }: PoolPlace,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (!isRoot()) throw explainMount({ image, fileSystem }, folder);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const device = await attachImage(image, env);
  try {
    const options = ['-t', fileSystem, '-o', POOL_MOUNT_OPTIONS[fileSystem]];
    await runChecked('mount', [...options, device, folder], { env });
  } catch (error) {
    await detachImage(image, env);
    throw error;
  }
  await releaseImage(image, env);
}

/** Whose volumes it will hold; it stays so. */
export async function giveImage(folder: string, owner: Owner): Promise<void> {
  await chmod(folder, 0o755);
  await chown(folder, owner.uid, owner.gid);
}

/** Only root can; what somebody else was given stays mounted for the next time. */
export async function unmountImage(image: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (!isRoot()) return;
  if (await isMounted(folder)) await unmount(folder, env);
  await detachImage(image, env);
}

function explainMount({ image, fileSystem }: PoolPlace, folder: string): FactoryError {
  const options = `loop,${POOL_MOUNT_OPTIONS[fileSystem]}`;
  return new FactoryError(
    'STORAGE_FAILED',
    `the pool image ${image} is not mounted, and only root can do it`,
    {
      hint: `Run: sudo mount -t ${fileSystem} -o ${options} '${image}' '${folder}'`,
    },
  );
}
