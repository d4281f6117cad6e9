// db-artifact gc: removes what nobody needs any more.
import { Command } from 'commander';
import { EXIT, type FactoryError } from '../errors.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { forgetCopy } from './masking-reports.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';
import { formatTable } from './table.ts';

interface GcOptions extends AwsOptions {
  readonly dryRun?: boolean | undefined;
}

export function makeGcCommand(context: CommandContext): Command {
  const command = new Command('gc')
    .description('Remove every copy of this account and region that has expired or was left half made.')
    .option('--dry-run', 'only show which');
  return addAwsOptions(command).action(async (options: GcOptions) => {
    const output = context.openOutput(command);
    const aws = await openAws(context, options);
    const { collectCopies } = await import('../copies/collect.ts');
    const collected = await collectCopies(
      aws,
      { isDryRun: options.dryRun ?? false, nowMs: Date.now(), signal: context.signal },
      output.progress,
    );
    for (const { copy, outcome } of collected) {
      if (copy && outcome === 'removed') await forgetCopy(context.folders.copiesDir, copy);
    }
    const items = collected.map(({ name, owner, expiresAt = null, reason, outcome, error }) => {
      return { name, owner, expiresAt, reason, outcome, error: describeFailure(error) };
    });
    const rows = items.map((item) => [
      ...[item.name, item.outcome, item.reason, item.owner],
      ...[item.expiresAt ?? '-', item.error ?? ''],
    ]);
    await output.print({
      document: { items },
      text:
        rows.length === 0
          ? 'There is nothing to collect.'
          : formatTable(['name', 'outcome', 'reason', 'owner', 'expires', 'error'], rows),
      brief: items.map(({ name }) => name).join('\n'),
    });
    if (items.some(({ outcome }) => outcome === 'failed')) context.setExitStatus(EXIT.failed);
  });
}

/** With what is left and what of it is billed. */
function describeFailure(error: FactoryError | undefined): string | null {
  return error === undefined ? null : [error.message, ...error.problems].join('; ');
}
