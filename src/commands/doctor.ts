// db-artifact doctor: whether this machine can build and converge, with a hint for each thing that is wrong.
import { Command } from 'commander';
import { checkCopyName } from '../artifact/copy-name.ts';
import type { Finding } from '../copies/examine/finding.ts';
import { EXIT } from '../errors.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { examineMachine } from './machine-findings.ts';
import { type AwsOptions, addAwsOptions, parsing } from './options.ts';
import { formatTable } from './table.ts';

interface DoctorOptions extends AwsOptions {
  readonly source?: string | undefined;
  readonly name: string;
}

const STATES = { ok: 'ok', wrong: 'wrong', absent: 'not there', unknown: 'not known' };

export function makeDoctorCommand(context: CommandContext): Command {
  const command = new Command('doctor')
    .description(
      'Check credentials, region, endpoint, clock, permissions, disk, engines, storage and Docker. Changes nothing.',
    )
    .option('--source <cluster>', 'also try to reach the port of this cluster')
    .option('--name <name>', 'the copy to ask permissions for', parsing(checkCopyName), 'db-artifact-doctor');
  return addAwsOptions(command).action(async (options: DoctorOptions) => {
    const output = context.openOutput(command);
    const items = [...(await examineCloud(context, options)), ...(await examineMachine(context))];
    const hints = items.flatMap(({ what, hint }) => (hint === undefined ? [] : [`${what}: ${hint}`]));
    const rows = items.map(({ what, state, detail }) => [what, STATES[state], detail.split('\n')[0] ?? '']);
    await output.print({
      document: { items: items.map((item) => ({ ...item, hint: item.hint ?? null })) },
      text: [formatTable(['what', 'state', 'detail'], rows), '', ...hints].join('\n').trimEnd(),
      brief: hints.join('\n'),
    });
    if (items.some(({ state }) => state === 'wrong')) context.setExitStatus(EXIT.failed);
  });
}

/** Whoever has no AWS has the local RDS, so that nothing is configured is one finding. */
async function examineCloud(
  context: CommandContext,
  { source: sourceId, name, ...options }: DoctorOptions,
): Promise<Finding[]> {
  const { examine } = await import('../copies/examine/finding.ts');
  const { examineAws } = await import('../copies/examine/aws.ts');
  try {
    return await examineAws(await openAws(context, options), { name, sourceId });
  } catch (error) {
    return [await examine('AWS', async () => await Promise.reject(error))];
  }
}
