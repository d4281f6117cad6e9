// db-artifact psql: psql, or mysql for Aurora MySQL, on a copy; the password goes through the environment.
import { Command } from 'commander';
import { runInteractive } from '../run.ts';
import { openAws } from './aws.ts';
import { getCopyConnection, toVariables } from './connections.ts';
import type { CommandContext } from './context.ts';
import { type AwsOptions, addAwsOptions } from './options.ts';

export function makePsqlCommand(context: CommandContext): Command {
  const command = new Command('psql')
    .description('Open psql (Aurora MySQL: mysql) on a copy. What follows -- is given to it.')
    .usage('[options] <name> [-- ARGUMENT...]')
    .argument('<name>', 'the name of the copy');
  return addAwsOptions(command).action(async (name: string, options: AwsOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const connection = await getCopyConnection(context, await openAws(context, options), name);
    const { formatConnection } = await import('../converge/connection.ts');
    const variables = toVariables(connection, formatConnection(connection, 'uri'));
    output.close();
    const isMysql = connection.engine === 'aurora-mysql';
    const { host, port, user, database } = connection;
    const args = isMysql ? [`--host=${host}`, `--port=${port}`, `--user=${user}`, database] : [];
    const status = await runInteractive(isMysql ? 'mysql' : 'psql', [...args, ...(context.rest ?? [])], {
      env: { ...context.env, ...variables },
    });
    context.setExitStatus(status);
  });
}
