// db-artifact show: one copy, without its password, and how it was masked.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { formatCopyFacts, toCopyDocument } from './copy-view.ts';
import { findReport, formatReport } from './masking-reports.ts';
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
    const masking = await findReport(context, copy);
    const facts = formatCopyFacts(copy, Date.now());
    await output.print({
      document: { copy: toCopyDocument(copy), masking: masking ?? null },
      text: masking === undefined ? facts : `${facts}\n\n${formatReport(masking)}`,
      brief: copy.name,
    });
  });
}
