// db-artifact url: how to connect to a copy, with its password, in the form that a program wants.
import { Command, Option } from 'commander';
import { openAws } from './aws.ts';
import { getCopyConnection } from './connections.ts';
import type { CommandContext } from './context.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';

type UrlFormat = 'uri' | 'jdbc' | 'libpq' | 'env' | 'node-postgres' | 'mysql2' | 'pgpass';
const FORMATS: readonly UrlFormat[] = ['uri', 'jdbc', 'libpq', 'env', 'node-postgres', 'mysql2', 'pgpass'];

interface UrlOptions extends AwsOptions {
  readonly format?: UrlFormat | undefined;
}

export function makeUrlCommand(context: CommandContext): Command {
  const command = new Command('url')
    .description('Print how to connect to a copy, password included.')
    .argument('<name>', 'the name of the copy')
    .addOption(new Option('-f, --format <format>', 'the form (default: uri)').choices(FORMATS));
  return addAwsOptions(command).action(async (name: string, options: UrlOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const connection = await getCopyConnection(context, await openAws(context, options), name);
    const { formatConnection } = await import('../converge/connection.ts');
    const text = formatConnection(connection, options.format ?? 'uri');
    const url = formatConnection(connection, 'uri');
    await output.print({
      document: { name, ...connection, url },
      text,
      brief: text,
      url,
      env: formatConnection(connection, 'env'),
    });
  });
}
