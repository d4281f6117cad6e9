// How the end of a converge is shown. The password only in the forms `url` and `env`.
import type { ConvergeResult } from '../converge/request.ts';
import { formatExpiry, toCopyDocument } from './copy-view.ts';
import type { Printable } from './output.ts';
import { formatElapsed } from './progress-view.ts';
import { formatFacts } from './table.ts';

export async function describeConverged(result: ConvergeResult, isInside: boolean): Promise<Printable> {
  const { formatClientCommand, formatConnection } = await import('../converge/connection.ts');
  const { copy, connection, isNew, timings, warnings } = result;
  const { password: _secret, ...open } = connection;
  const command = formatClientCommand(open);
  const slowest = [...timings].sort((one, other) => other.seconds - one.seconds);
  const totalMs = timings.reduce((sum, { seconds }) => sum + seconds * 1000, 0);
  return {
    document: {
      copy: toCopyDocument(copy),
      connection: { ...open, password: '***', secretArn: open.secretArn ?? null },
      isNew,
      timings,
      warnings,
    },
    text: formatFacts({
      copy: `${copy.name} (${isNew ? 'new' : 'was there'}, ${copy.mode} of ${copy.sourceId})`,
      endpoint: open.host,
      port: String(open.port),
      user: open.user,
      password: describePassword(result, isInside),
      database: open.database,
      tls: open.tls,
      expires: formatExpiry(copy.expiresAt, Date.now()),
      connect: isInside ? command : `db-artifact psql ${copy.name}`,
      ...(isInside ? {} : { '': command }),
      time: `${formatElapsed(totalMs)} (${slowest
        .map(({ phase, seconds }) => `${phase} ${formatElapsed(seconds * 1000)}`)
        .join(', ')})`,
    }),
    brief: copy.name,
    url: formatConnection(connection, 'uri'),
    env: formatConnection(connection, 'env'),
  };
}

function describePassword({ copy, connection }: ConvergeResult, isInside: boolean): string {
  const { secretArn } = connection;
  if (isInside) return secretArn === undefined ? 'as given' : `in Secrets Manager (${secretArn})`;
  if (secretArn !== undefined) return `in Secrets Manager (db-artifact url ${copy.name} reads it)`;
  return `*** (db-artifact url ${copy.name} shows it)`;
}
