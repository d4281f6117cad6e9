// db-artifact list: every copy of the account and region.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { formatCopyTable, toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';
import { readPrices } from './prices.ts';

interface ListOptions extends AwsOptions {
  readonly owner?: string | undefined;
  readonly prices?: string | undefined;
}

export function makeListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List the copies of this account and region.')
    .option('--owner <owner>', 'only those of one owner')
    .option('--prices <file>', 'an INI file with prices, to estimate what each costs in an hour');
  return addAwsOptions(command).action(async (options: ListOptions) => {
    const output = context.openOutput(command);
    const prices = await readPrices(options.prices);
    const { listCopies } = await import('../copies/list.ts');
    const all = await listCopies(await openAws(context, options));
    const copies = all.filter(({ owner }) => options.owner === undefined || owner === options.owner);
    await output.print({
      document: { items: copies.map((copy) => toCopyDocument(copy, prices?.estimate(copy))) },
      text: formatCopyTable(copies, Date.now(), prices),
      brief: copies.map(({ name }) => name).join('\n'),
    });
  });
}
