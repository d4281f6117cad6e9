// db-artifact doctor: whether this machine can build and converge, with a hint for each thing that is wrong.
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { EXIT, FactoryError } from '../errors.ts';
import { runChecked } from '../run.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';
import { formatBytes, formatTable } from './table.ts';

const SMALLEST_FREE_BYTES = 2 ** 30;
const DOCKER_MS = 5000;

export function makeDoctorCommand(context: CommandContext): Command {
  const command = new Command('doctor').description(
    'Check credentials, endpoint, clock, permissions, disk and Docker. Changes nothing.',
  );
  return addAwsOptions(command).action(async (options: AwsOptions) => {
    const output = context.openOutput(command);
    const { examine, examineAws } = await import('../copies/examine.ts');
    const opened = await openAws(context, options).catch((error: unknown) => error);
    const ofAws =
      opened instanceof Error
        ? [await examine('AWS', async () => await Promise.reject(opened))]
        : await examineAws(opened as Awaited<ReturnType<typeof openAws>>);
    const disk = await examine('disk', async () => await checkDisk(context.folders.dataDir));
    // An image can be built and a copy made without Docker, so that it is missing is no fault.
    const docker = { ...(await examine('docker', async () => await checkDocker(context))), isOptional: true };
    const items = [...ofAws, disk, docker].map((finding) => ({ isOptional: false, ...finding }));
    const state = ({ isGood, isOptional }: (typeof items)[number]) =>
      isGood ? 'ok' : isOptional ? 'not there' : 'wrong';
    const hints = items.filter(({ isGood }) => !isGood).map(({ what, hint }) => `${what}: ${hint}`);
    const rows = items.map((item) => [item.what, state(item), item.detail.split('\n')[0] ?? '']);
    await output.print({
      document: { items: items.map((item) => ({ ...item, hint: item.hint ?? null })) },
      text: [formatTable(['what', 'state', 'detail'], rows), '', ...hints].join('\n').trimEnd(),
      brief: hints.join('\n'),
    });
    if (items.some(({ isGood, isOptional }) => !isGood && !isOptional)) context.setExitStatus(EXIT.failed);
  });
}

async function checkDisk(dataDir: string): Promise<string> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const text = `${formatBytes(bavail * bsize)} free in ${folder}`;
  if (bavail * bsize >= SMALLEST_FREE_BYTES) return text;
  throw new FactoryError('DISK_FULL', text, {
    hint: 'Make room, or set DB_ARTIFACT_DATA_DIR to a folder of a larger disk.',
  });
}

async function checkDocker({ env }: CommandContext): Promise<string> {
  const args = ['version', '--format', '{{.Server.Version}}'];
  return `version ${(await runChecked('docker', args, { env, timeoutMs: DOCKER_MS })).trim()}`;
}
