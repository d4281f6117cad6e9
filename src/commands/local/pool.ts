// db-artifact local pool: a file system of its own for the volumes, where the disk's own cannot share blocks.
import { Command, Option } from 'commander';
import { FactoryError } from '../../errors.ts';
import type { PoolReport } from '../../local/pools.ts';
import type { CommandContext } from '../context.ts';
import { parseSize } from '../options.ts';
import type { Printable } from '../output.ts';
import { formatBytes, formatFacts } from '../table.ts';

interface CreateOptions {
  readonly size: number;
  readonly path?: string | undefined;
  readonly fs: 'xfs' | 'btrfs';
}

export function makeLocalPoolCommand(context: CommandContext): Command {
  const command = new Command('pool').description('Make, show or remove a pool image for the volumes.');
  return command
    .addCommand(makeCreateCommand(context))
    .addCommand(makeStatusCommand(context))
    .addCommand(makeRemoveCommand(context));
}

function makeCreateCommand(context: CommandContext): Command {
  const command = new Command('create')
    .description('Make an image with a file system that shares blocks, and mount it. Needs root.')
    .requiredOption('--size <size>', 'the most that it may take, such as 50G', parseSize)
    .option('--path <file>', 'where the image is (default: in the data folder)')
    .addOption(new Option('--fs <kind>', 'its file system').choices(['xfs', 'btrfs']).default('xfs'));
  return command.action(async ({ size: sizeBytes, path, fs: fileSystem }: CreateOptions) => {
    const output = context.openOutput(command);
    checkRoot(context, [
      'create',
      '--size',
      `${sizeBytes / 1024}K`,
      '--fs',
      fileSystem,
      ...(path ? ['--path', path] : []),
    ]);
    const { makePool } = await import('../../local/pools.ts');
    const { localDir: dataDir } = context.folders;
    const { env } = context;
    const owner = { uid: Number(env['SUDO_UID'] ?? 0), gid: Number(env['SUDO_GID'] ?? 0) };
    await output.print(describePool(await makePool({ dataDir, sizeBytes, path, fileSystem, owner, env })));
  });
}

function makeStatusCommand(context: CommandContext): Command {
  const command = new Command('status').description('Show the pool: where it is, and how full.');
  return command.action(async () => {
    const output = context.openOutput(command);
    const { getPool } = await import('../../local/pools.ts');
    await output.print(describePool(await getPool(context.folders.localDir)));
  });
}

function makeRemoveCommand(context: CommandContext): Command {
  const command = new Command('remove').description(
    'Unmount and remove the pool. Refused while a cluster or snapshot is in it. Needs root.',
  );
  return command.action(async () => {
    const output = context.openOutput(command);
    checkRoot(context, ['remove']);
    const { removePool } = await import('../../local/pools.ts');
    const { image } = await removePool(context.folders.localDir, context.env);
    await output.print({ document: { image }, text: `${image} is removed`, brief: image });
  });
}

/** With the very command that works: another user has another data folder. */
function checkRoot({ folders, launch }: CommandContext, args: readonly string[]): void {
  if (process.getuid?.() === 0) return;
  const words = [launch.program, ...launch.args, 'local', 'pool', ...args].map(quote).join(' ');
  throw new FactoryError('STORAGE_FAILED', 'only root can mount a pool image', {
    hint: `Run: sudo DB_ARTIFACT_DATA_DIR=${quote(folders.dataDir)} ${words}`,
  });
}

function quote(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function describePool(pool: PoolReport): Printable {
  const { image, fileSystem, folder, sizeBytes, usedBytes, clusters, snapshots } = pool;
  const text = formatFacts({
    pool: image,
    'file system': fileSystem,
    mounted: pool.isMounted ? folder : 'no; `db-artifact local up` does it',
    used: `${formatBytes(usedBytes)} of ${formatBytes(sizeBytes)}`,
    holds: `${clusters} clusters, ${snapshots} snapshots`,
  });
  return { document: { ...pool }, text, brief: image };
}
