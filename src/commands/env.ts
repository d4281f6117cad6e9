// db-artifact env: shell lines that set the variables of a copy's connection, for `eval "$(db-artifact env NAME)"`.
import { Command } from 'commander';
import { openAws } from './aws.ts';
import { getCopyConnection } from './connections.ts';
import type { CommandContext } from './context.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';

export function makeEnvCommand(context: CommandContext): Command {
  const command = new Command('env')
    .description('Print shell lines that set DATABASE_URL and PG* for a copy, password included.')
    .argument('<name>', 'the name of the copy');
  return addAwsOptions(command).action(async (name: string, options: AwsOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const connection = await getCopyConnection(context, await openAws(context, options), name);
    const { formatConnection } = await import('../converge/connection.ts');
    const env = formatConnection(connection, 'env');
    const text = env.replace(/^/gm, 'export ');
    await output.print({ document: { name, ...connection }, text, brief: text, env });
  });
}
