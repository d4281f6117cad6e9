// The two ways to mount an overlay: by root for everyone to see, or by each engine in a namespace of its own.
// Options and their reasons: docs/storage.md; https://docs.kernel.org/filesystems/overlayfs.html
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenVolume } from './driver.ts';
import { isMounted } from './mounts.ts';
import { DATA, type Layers, UPPER, WORK } from './overlay-layers.ts';
import type { Place } from './place.ts';
import { removeTree } from './remove-tree.ts';
import { makeUnmount } from './unmounts.ts';

/** `root` sees its mounts everywhere; in a `namespace` only the engine sees them, and they go when it goes. */
export type MountKind = 'root' | 'namespace';

export interface OverlayMounts {
  readonly kind: MountKind;
  open(id: string, layers: Layers, isDurable: boolean): Promise<OpenVolume>;
  close(id: string): Promise<void>;
}

/** Uppers are copied and become layers, so nothing may be kept that refers to other inodes or paths. */
export const MOUNT_OPTIONS: Readonly<Record<MountKind, string>> = {
  root: 'index=off,metacopy=off,redirect_dir=off,xino=off',
  namespace: 'userxattr',
};

/**
 * Nothing waits for the disk: neither fsync nor the first write to a file, which copies it up. The mark that it leaves
 * in the work folder keeps the kernel from mounting that again. https://docs.kernel.org/filesystems/overlayfs.html#volatile-mount
 */
export const VOLATILE = ',volatile';

/** Options of `unshare` for a namespace in which we may mount. */
export const ENTER: Readonly<Record<MountKind, readonly string[]>> = {
  root: ['--mount'],
  namespace: ['--user', '--map-root-user', '--mount'],
};

export function makeRootMounts(place: Place): OverlayMounts {
  const { root, shell } = place;
  const unmount = makeUnmount(place);
  return {
    kind: 'root',
    async open(id, layers, isDurable) {
      const dataDir = join(root, id, DATA);
      if (!(await isMounted(dataDir))) {
        await makeWorkFolder(join(root, id));
        const options = `${formatLayers(id, layers)},${MOUNT_OPTIONS.root}${isDurable ? '' : VOLATILE}`;
        // Without the search for programs that mount this file system, which there are none of.
        await shell.run('mount', ['-i', '-t', 'overlay', 'overlay', '-o', options, `${id}/${DATA}`], root);
      }
      return { dataDir, stateDir: dataDir, launchPrefix: [] };
    },
    close: async (id) => await unmount(join(root, id, DATA)),
  };
}

/**
 * A work folder is never used twice: the kernel refuses one that a crashed `volatile` mount left, and its own
 * leftovers have mode 000. The lock is inherited by the engine and all its children, so that an upper is never
 * mounted twice.
 */
const LAUNCH_SCRIPT = `
set -e
root=$1 id=$2 options=$3 uid=$4 gid=$5
shift 5
exec 9>"$root/$id/lock"
flock -n 9 || { echo "volume $id is in use" >&2; exit 75; }
(
  cd "$root"
  rm -rf "$id/${WORK}"
  mkdir "$id/${WORK}"
  LIBMOUNT_FORCE_MOUNT2=always mount -t overlay overlay -o "$options" "$id/${DATA}"
)
exec unshare --user --map-user="$uid" --map-group="$gid" "$@"
`;

export function makeNamespaceMounts(place: Place): OverlayMounts {
  const { root, owner } = place;
  return {
    kind: 'namespace',
    async open(id, layers, isDurable) {
      const options = `${formatLayers(id, layers)},${MOUNT_OPTIONS.namespace}${isDurable ? '' : VOLATILE}`;
      const enter = ['unshare', ...ENTER.namespace, 'sh', '-c', LAUNCH_SCRIPT, 'volume'];
      return {
        dataDir: join(root, id, DATA),
        stateDir: join(root, id, UPPER),
        launchPrefix: [...enter, root, id, options, String(owner.uid), String(owner.gid)],
      };
    },
    async close() {}, // the mount went with the engine
  };
}

/** Relative to the root: the kernel takes one page of options. */
export function formatLayers(id: string, layers: Layers): string {
  return `lowerdir=${layers.join(':')},upperdir=${id}/${UPPER},workdir=${id}/${WORK}`;
}

/** The arguments that run a script where the layers are mounted read-only on `target`, seen by nobody else. */
export function makeViewCommand(kind: MountKind, layers: Layers, target: string, script: string): string[] {
  const options = `lowerdir=${layers.join(':')},${MOUNT_OPTIONS[kind]}`;
  const mount = 'mount -t overlay overlay -o "$1" "$2"';
  return [...ENTER[kind], 'sh', '-ec', `${mount}\n${script}`, 'view', options, target];
}

async function makeWorkFolder(folder: string): Promise<void> {
  await removeTree(join(folder, WORK));
  await mkdir(join(folder, WORK), { mode: 0o700 });
}
