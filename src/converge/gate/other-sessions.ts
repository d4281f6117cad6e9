// Sessions of others in the database of a copy behind its gate, where there should be none: found and ended.
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';

export interface OtherSession {
  readonly id: number;
  readonly user: string;
  /** Where it comes from; empty where the server does not say. */
  readonly from: string;
  /** Has not proved yet who it is; only MySQL shows such. */
  readonly isNew: boolean;
}

/** All but the one of `connection` and those of RDS itself. */
export async function listOtherSessions(
  connection: SqlConnection,
  family: SqlFamily,
): Promise<readonly OtherSession[]> {
  const { rows } = await connection.query(family === 'postgres' ? BACKENDS : THREADS);
  return rows.map((row) => ({
    id: Number(row['id']),
    user: String(row['user']),
    from: String(row['origin'] ?? ''),
    isNew: row['command'] === 'Connect',
  }));
}

const BACKENDS = `SELECT a.pid AS id, a.usename AS user, host(a.client_addr) AS origin
  FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
  WHERE a.pid <> pg_backend_pid() AND a.backend_type IN ('client backend', 'walsender')
    AND (a.usename = current_user OR (a.usename !~ '^(rds|pg_)' AND NOT r.rolsuper))`;

const THREADS = `SELECT ID AS id, USER AS user, HOST AS origin, COMMAND AS command FROM information_schema.PROCESSLIST
  WHERE ID <> CONNECTION_ID() AND USER NOT IN ('root', 'rdsadmin', 'system user', 'event_scheduler')
    AND USER NOT LIKE 'rds%' AND HOST <> 'localhost' AND HOST <> ''`;

/** Asks for it; the session may take a moment to end, or have ended by itself. */
export async function endSession(
  connection: SqlConnection,
  family: SqlFamily,
  { id }: OtherSession,
): Promise<void> {
  if (family === 'postgres') {
    await connection.query('SELECT pg_terminate_backend($1)', [id]).catch(() => {});
    return;
  }
  // Aurora MySQL 2 lets the master user kill others by a procedure only:
  // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/mysql-stored-proc-ending.html
  await connection
    .query(`KILL ${id}`)
    .catch(() => connection.query(`CALL mysql.rds_kill(${id})`))
    .catch(() => {});
}
