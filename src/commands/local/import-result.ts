// How an import is shown when it has begun or ended. Without a password.

import type { Printable } from '../output.ts';
import { formatFacts } from '../table.ts';
import type { ImportReport } from './import.ts';

export function describeImported(report: ImportReport, username: string): Printable {
  const { clusterId, from, state, port, summary } = report;
  const isDone = state === 'done' && summary !== undefined;
  const facts = {
    cluster: `${clusterId} (${isDone ? 'imported' : 'being imported'} from ${from})`,
    endpoint: port === undefined ? undefined : `127.0.0.1:${port}`,
    user: username,
    password: `*** (db-artifact url ${clusterId} shows it)`,
    ...(isDone
      ? {
          engine: summary.engineVersion,
          how: summary.method,
          databases: summary.databases.join(', '),
          tables: String(summary.tables),
          rows: summary.rows === undefined ? undefined : String(summary.rows),
          sequences: String(summary.sequences),
          roles:
            summary.roles.length === 0 ? 'none' : `${summary.roles.join(', ')} (without login and password)`,
          check: summary.check,
          note: summary.notes.length === 0 ? undefined : summary.notes.join('; '),
        }
      : {}),
    connect: isDone ? `db-artifact psql ${clusterId}` : undefined,
  };
  return {
    document: {
      cluster: clusterId,
      from,
      state,
      port: port ?? null,
      user: username,
      summary: summary ? { ...summary, rows: summary.rows ?? null } : null,
    },
    text: formatFacts(facts),
    brief: clusterId,
  };
}
