// db-artifact destroy: removes one copy and everything made for it.
import { Command } from 'commander';
import { parseDuration } from '../artifact/duration.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { forgetCopy } from './masking-reports.ts';
import { type AwsOptions, addAwsOptions, parsing } from './options.ts';

interface DestroyOptions extends AwsOptions {
  readonly force?: boolean | undefined;
  readonly wait: boolean;
  readonly timeout?: number | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 3600;

export function makeDestroyCommand(context: CommandContext): Command {
  const command = new Command('destroy')
    .description('Remove a copy and everything that was made for it.')
    .argument('<name>', 'the name of the copy')
    .option('--force', 'also when it is protected')
    .option('--no-wait', 'return as soon as AWS removes it; the same command later removes the rest')
    .option('--timeout <duration>', 'how long to wait for AWS (default: 1h)', parsing(parseDuration));
  return addAwsOptions(command).action(async (name: string, options: DestroyOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name, again: `db-artifact destroy ${name}` });
    const aws = await openAws(context, options);
    const { findCopy } = await import('../copies/list.ts');
    const { destroyCopy } = await import('../copies/destroy.ts');
    const copy = await findCopy(aws, name);
    const { removed, left } = await destroyCopy(
      aws,
      name,
      {
        isForced: options.force,
        waits: options.wait,
        signal: context.signal,
        timeoutSeconds: options.timeout ?? DEFAULT_TIMEOUT_SECONDS,
      },
      output.progress,
    );
    if (copy) await forgetCopy(context.folders.copiesDir, copy);
    await output.print({
      document: { name, isComplete: left.length === 0, removed, left },
      text: [
        ...(removed.length === 0
          ? []
          : [`${options.wait ? 'removed' : 'being removed'}: ${removed.join(', ')}`]),
        ...(left.length === 0 ? [] : [`still in use, for the same command later: ${left.join(', ')}`]),
      ].join('\n'),
      brief: name,
    });
  });
}
