// db-artifact extend: lets a copy live longer, or shorter.
import { Command } from 'commander';
import { FactoryError } from '../errors.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { formatExpiry, toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions, parseTtlOrNone } from './options.ts';

interface ExtendOptions extends AwsOptions {
  readonly ttl?: number | 'none' | undefined;
}

export function makeExtendCommand(context: CommandContext): Command {
  const command = new Command('extend')
    .description('Set how long a copy lives, counted from now.')
    .argument('<name>', 'the name of the copy')
    .option('--ttl <duration>', 'a duration such as 1d, a time, or `none` for ever', parseTtlOrNone);
  return addAwsOptions(command).action(async (name: string, options: ExtendOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    if (options.ttl === undefined) {
      throw new FactoryError('BAD_INVOCATION', '--ttl is missing', {
        hint: `For example: db-artifact extend ${name} --ttl 1d`,
      });
    }
    const { extendCopy } = await import('../copies/keep.ts');
    const copy = await extendCopy(await openAws(context, options), name, options.ttl);
    await output.print({
      document: { copy: toCopyDocument(copy) },
      text: `${copy.name} expires: ${formatExpiry(copy.expiresAt, Date.now())}`,
      brief: copy.expiresAt ?? 'never',
    });
  });
}
