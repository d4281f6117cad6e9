// A running MariaDB server: its superuser connection, and what is done through it.
import type { Server, ServerPlace } from './engine.ts';
import { formatAccessStatement } from './mariadb-access.ts';
import type { MariadbAdmin } from './mariadb-admin.ts';
import { copyMariadb } from './mariadb-backup.ts';
import { CONTENT_QUERY, formatRunningKey } from './mariadb-content.ts';
import { makeMariadbReplication } from './mariadb-replication.ts';
import { MARIADB_SIGNALS, type MariadbProcess } from './mariadb-start.ts';
import { listMasterStatements, listMasterUserStatements, quoteName } from './mariadb-users.ts';
import { endProcess } from './stopping.ts';

export function openMariadbServer(place: ServerPlace, running: MariadbProcess, startedAtMs: number): Server {
  const { admin, record, ended, port } = running;
  return {
    record,
    port,
    startedAtMs,
    ended,
    async addMaster(master) {
      await runAll(admin, listMasterStatements(master));
    },
    async setPassword(master) {
      await runAll(admin, listMasterUserStatements(master));
    },
    async setAccess(rules) {
      await admin.query(formatAccessStatement(rules));
    },
    async readAhead(databaseName) {
      if (databaseName !== undefined) await admin.query(`SHOW FULL TABLES FROM ${quoteName(databaseName)}`);
    },
    async readContentKey() {
      return formatRunningKey(record, await admin.query(CONTENT_QUERY));
    },
    async copyWhileRunning(isAtomic, makeCopy) {
      return await copyMariadb(running, place, isAtomic, makeCopy);
    },
    replication: place.isFollowed || place.follows ? makeMariadbReplication(admin) : undefined,
    async stop() {
      await admin.close();
      await endProcess(record, ended, MARIADB_SIGNALS);
    },
  };
}

/** One statement at a time: accounts and databases know no transactions. */
async function runAll(admin: MariadbAdmin, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await admin.query(statement);
}
