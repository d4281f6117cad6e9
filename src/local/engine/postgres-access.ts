// Who gets into a PostgreSQL server: pg_hba.conf and pg_ident.conf.
// https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
import type { AccessRule } from './engine.ts';

/** The superuser of this program, and its database, named as on RDS. Nobody else may use either. */
export const ADMIN = 'rdsadmin';
const IDENT_MAP = 'supervisor';

/** The first line that fits decides, and no line means no. */
export function formatHba(rules: readonly AccessRule[]): string {
  const cidrs = [...new Set(rules.map((rule) => rule.cidr))].sort();
  return [
    `local all,replication ${ADMIN} peer map=${IDENT_MAP}`,
    `host all ${ADMIN} all reject`,
    `host ${ADMIN} all all reject`,
    ...cidrs.map((cidr) => `host all all ${cidr} scram-sha-256`),
    '',
  ].join('\n');
}

/** These users of the operating system may be the superuser. */
export function formatIdent(osUsers: readonly string[]): string {
  return [...new Set(osUsers)].map((user) => `${IDENT_MAP} "${user}" ${ADMIN}\n`).join('');
}
