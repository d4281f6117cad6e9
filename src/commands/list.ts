// db-artifact list: every copy of the account and region.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { formatCopyTable, toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';

interface ListOptions extends AwsOptions {
  readonly owner?: string | undefined;
}

export function makeListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List the copies of this account and region.')
    .option('--owner <owner>', 'only those of one owner');
  return addAwsOptions(command).action(async (options: ListOptions) => {
    const output = context.openOutput(command);
    const { listCopies } = await import('../copies/list.ts');
    const all = await listCopies(await openAws(context, options));
    const copies = all.filter(({ owner }) => options.owner === undefined || owner === options.owner);
    await output.print({
      document: { items: copies.map(toCopyDocument) },
      text: formatCopyTable(copies, Date.now()),
      brief: copies.map(({ name }) => name).join('\n'),
    });
  });
}
