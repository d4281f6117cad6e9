// Finds out what a folder's file system and our privileges allow, by doing it. Each probe leaves nothing behind
// and answers with the reason why not, or undefined when it works.
import { mkdtemp, readdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getMessage } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import { getErrno } from './failures.ts';
import { ENTER, MOUNT_OPTIONS, type MountKind, VOLATILE } from './overlay-mounts.ts';
import { isRoot } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFile } from './reflink.ts';
import { removeTree } from './remove-tree.ts';

export type WhyNot = string | undefined;

const PREFIX = '.probe-';
/** How kernels say that a file system has no reflinks. */
const NOT_SUPPORTED = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY']);
/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const BTRFS_MAGIC = 0x9123683e;

export async function probeReflink(root: string): Promise<WhyNot> {
  return await probe(root, 'its file system cannot share blocks', async (folder) => {
    await writeFile(join(folder, 'a'), Buffer.alloc(4096, 1));
    await cloneFile(join(folder, 'a'), join(folder, 'b'));
  });
}

/** What the driver relies on: replaced folders and removed files stay so in a copy of the upper that is a layer. */
const OVERLAY_SCRIPT = `
cd "$1"
mkdir low low/replaced upper work merged layer upper2 work2 merged2
echo old > low/replaced/file
echo old > low/removed
mount -t overlay overlay -o "lowerdir=low,upperdir=upper,workdir=work,$2" merged
rm -r merged/replaced merged/removed
mkdir merged/replaced
cp -a --attributes-only upper/. layer
mount -t overlay overlay -o "lowerdir=layer:low,upperdir=upper2,workdir=work2,$2" merged2
test "$(echo merged2/*)" = merged2/replaced
test "$(echo merged2/replaced/*)" = 'merged2/replaced/*'
shift 2
exec "$@"
`;

export async function probeOverlay(place: Place, kind: MountKind): Promise<WhyNot> {
  const { uid, gid } = place.owner;
  if (isRoot() !== (kind === 'root'))
    return kind === 'root' ? 'mounting needs root' : 'it is for users other than root';
  if (kind === 'namespace' && process.getuid?.() !== uid) return 'engines run as another user than this one';
  const become = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, 'true'];
  const inside = kind === 'root' ? ['true'] : ['flock', '-n', 'low/removed', ...become];
  return await probe(place.root, 'overlays cannot be mounted', async (folder) => {
    const args = [
      ...ENTER[kind],
      'sh',
      '-ec',
      OVERLAY_SCRIPT,
      'probe',
      folder,
      `${MOUNT_OPTIONS[kind]}${VOLATILE}`,
      ...inside,
    ];
    await runChecked('unshare', args, { env: place.env, timeoutMs: 5000 });
  });
}

export async function probeSnapshot(place: Place): Promise<WhyNot> {
  if ((await statfs(place.root)).type !== BTRFS_MAGIC) return 'it is not on btrfs';
  return await probe(place.root, 'subvolumes cannot be made and deleted', async (folder) => {
    const run = async (...args: string[]) => await runChecked('btrfs', args, { env: place.env, cwd: folder });
    await run('subvolume', 'create', 'a');
    await run('subvolume', 'snapshot', 'a', 'b');
    await run('subvolume', 'delete', 'a', 'b');
  });
}

/** Removes what a probe that was killed left. */
export async function sweepProbes(root: string): Promise<void> {
  for (const name of await readdir(root)) if (name.startsWith(PREFIX)) await removeTree(join(root, name));
}

async function probe(root: string, whyNot: string, work: (folder: string) => Promise<void>): Promise<WhyNot> {
  const folder = await mkdtemp(join(root, PREFIX));
  try {
    await work(folder);
    return undefined;
  } catch (error) {
    return NOT_SUPPORTED.has(getErrno(error) ?? '')
      ? whyNot
      : `${whyNot}: ${getMessage(error).split('\n')[0]}`;
  } finally {
    await removeTree(folder).catch(() => {});
  }
}
