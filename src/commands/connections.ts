// The connection of a copy with the password that this machine keeps or that the caller gives.
import type { AwsConnection } from '../aws/connect.ts';
import type { Connection } from '../converge/connection.ts';
import type { Copy } from '../converge/copy.ts';
import { FactoryError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import { findPassword } from './passwords.ts';

/** Only of copies and of what was imported here: a source is refused, as is any cluster that this tool did not make. */
export async function getCopyConnection(
  context: Pick<CommandContext, 'env' | 'folders'>,
  aws: AwsConnection,
  name: string,
): Promise<Connection & { readonly password: string }> {
  const { getCopy } = await import('../copies/list.ts');
  const { describeConnection } = await import('../converge/login.ts');
  const { getCluster } = await import('../aws/rds.ts');
  const imported = await findImportedConnection(context, aws, name);
  if (imported) return imported;
  const copy = await getCopy(aws, name);
  checkGate(copy);
  const password = await findCopyPassword(context, aws, copy);
  if (!password) {
    throw new FactoryError('NOT_FOUND', `the password of ${copy.name} is not known on this machine`, {
      hint: 'Set DB_PASSWORD, or converge it again with a password of your own.',
    });
  }
  const cluster = await getCluster(aws, copy.clusterId);
  return { ...describeConnection(cluster, password), password };
}

/** In Secrets Manager it changes by itself, so it is read each time. */
async function findCopyPassword(
  { folders, env }: Pick<CommandContext, 'env' | 'folders'>,
  aws: AwsConnection,
  { secretArn, resourceId }: Copy,
): Promise<string | undefined> {
  if (secretArn === undefined)
    return (await findPassword(folders.copiesDir, resourceId)) ?? env['DB_PASSWORD'];
  const { readMasterPassword } = await import('../aws/secrets.ts');
  return await readMasterPassword(aws, secretArn);
}

/** Of a cluster that is no copy, only where its master user was made on this machine: by `local import`. */
async function findImportedConnection(
  { folders }: Pick<CommandContext, 'folders'>,
  aws: AwsConnection,
  name: string,
): Promise<(Connection & { readonly password: string }) | undefined> {
  const { findCopy } = await import('../copies/list.ts');
  const { findCluster } = await import('../aws/rds.ts');
  const { describeConnection } = await import('../converge/login.ts');
  if (await findCopy(aws, name)) return undefined;
  const cluster = await findCluster(aws, name);
  const resourceId = cluster?.DbClusterResourceId;
  const password = resourceId && (await findPassword(folders.copiesDir, resourceId));
  return cluster && password ? { ...describeConnection(cluster, password), password } : undefined;
}

function checkGate({ name, gate }: Copy): void {
  if (gate !== 'shut') return;
  throw new FactoryError(
    'REFUSED',
    `the gate of ${name} is shut: what must be done inside has not been done`,
    {
      hint: `Converge it again to go on, or remove it: db-artifact destroy ${name}`,
    },
  );
}

/** As variables for a child process: what `env` prints, without a shell in between. */
export function toVariables(connection: Connection, url: string): Record<string, string> {
  const { engine, host, port, user, password = '', database } = connection;
  const tls = { verify: 'verify-full', require: 'require', prefer: 'prefer', off: 'disable' }[connection.tls];
  if (engine === 'aurora-mysql') {
    return {
      DATABASE_URL: url,
      MYSQL_HOST: host,
      MYSQL_TCP_PORT: String(port),
      MYSQL_USER: user,
      MYSQL_PWD: password,
      MYSQL_DATABASE: database,
    };
  }
  return {
    DATABASE_URL: url,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: tls,
  };
}
