// Finds out what a folder's file system and our privileges allow, by doing it. Each probe leaves nothing behind
// and answers with the reason why not, or undefined when it works.
import { mkdtemp, readdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getMessage } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import { removeTree } from './items.ts';
import type { MountKind } from './overlay-mounts.ts';
import { isRoot } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFile } from './reflink.ts';

export type WhyNot = string | undefined;

const PREFIX = '.probe-';
/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const BTRFS_MAGIC = 0x9123683e;

export async function probeReflink(root: string): Promise<WhyNot> {
  return await probe(root, 'its file system cannot share blocks (no reflinks)', async (folder) => {
    await writeFile(join(folder, 'a'), Buffer.alloc(4096, 1));
    await cloneFile(join(folder, 'a'), join(folder, 'b'));
  });
}

/** What the driver relies on: replaced folders and removed files stay so in a copy of the upper that is a layer. */
const OVERLAY_SCRIPT = `
cd "$1"
options=$2
mkdir low low/replaced upper work merged layer upper2 work2
echo old > low/replaced/file
echo old > low/removed
echo old > low/changed
mount -t overlay overlay -o "lowerdir=low,upperdir=upper,workdir=work$options" merged
rm -r merged/replaced merged/removed
mkdir merged/replaced
echo new > merged/changed
umount merged
cp -a --attributes-only upper/. layer
cp --reflink=always upper/changed layer/changed
mount -t overlay overlay -o "lowerdir=layer:low,upperdir=upper2,workdir=work2$options" merged
test "$(cat merged/changed) $(echo merged/*)" = "new merged/changed merged/replaced"
test -z "$(ls merged/replaced)"
shift 2
exec "$@"
`;

export async function probeOverlay(place: Place, kind: MountKind): Promise<WhyNot> {
  const isOurs = kind === 'root' ? isRoot() : process.getuid?.() === place.owner.uid && !isRoot();
  if (!isOurs) return kind === 'root' ? 'mounting needs root' : 'engines run as another user than this one';
  const { uid, gid } = place.owner;
  const enter = kind === 'root' ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const options = kind === 'root' ? ',index=off,metacopy=off,redirect_dir=off,xino=off' : ',userxattr';
  const inside =
    kind === 'root'
      ? ['true']
      : [
          'flock',
          '-n',
          'low/changed',
          'unshare',
          '--user',
          `--map-user=${uid}`,
          `--map-group=${gid}`,
          'true',
        ];
  return await probe(place.root, 'overlays cannot be mounted', async (folder) => {
    const args = [...enter, 'sh', '-ec', OVERLAY_SCRIPT, 'probe', folder, options, ...inside];
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
    return `${whyNot}: ${getMessage(error).split('\n')[0]}`;
  } finally {
    await removeTree(folder).catch(() => {});
  }
}
