// db-artifact show: one copy, without its password.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { formatCopyFacts, toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';

export function makeShowCommand(context: CommandContext): Command {
  const command = new Command('show')
    .description('Show one copy.')
    .argument('<name>', 'the name of the copy');
  return addAwsOptions(command).action(async (name: string, options: AwsOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const { getCopy } = await import('../copies/list.ts');
    const copy = await getCopy(await openAws(context, options), name);
    await output.print({
      document: { copy: toCopyDocument(copy) },
      text: formatCopyFacts(copy, Date.now()),
      brief: copy.name,
    });
  });
}
