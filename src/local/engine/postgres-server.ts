// A running PostgreSQL server: its superuser connection, and what is done through it.
import { signalProcess } from '../processes.ts';
import type { AccessRule, MasterUser, Server, ServerPlace } from './engine.ts';
import { type AdminConnection, getSqlState, openAdmin } from './postgres-admin.ts';
import { copyAtomically, copyInBackupMode, formatContentKey, readInsertPosition } from './postgres-backup.ts';
import { writeAccess } from './postgres-config.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { makeReplication } from './postgres-replication.ts';
import { formatPasswordStatement, listMasterRoleStatements, listMasterStatements } from './postgres-roles.ts';
import type { RunningProcess } from './postgres-start.ts';
import { endProcess } from './stopping.ts';

/** A role that is not there. */
const UNDEFINED_OBJECT = '42704';

export function openServer(
  programs: PostgresPrograms,
  place: ServerPlace,
  running: RunningProcess,
  startedAtMs: number,
): Server {
  const admin = openAdmin(programs.socketDir, running.port);
  return {
    record: running.record,
    port: running.port,
    startedAtMs,
    ended: running.ended,
    async addMaster(master) {
      await addMaster(admin, master);
    },
    async setPassword(master) {
      await setPassword(admin, master);
    },
    async setAccess(rules) {
      await setAccess(programs, place, running, rules);
    },
    async readAhead(databaseName = 'postgres') {
      // No code of the database runs: login triggers are for superusers to make, which the master user is not.
      const session = openAdmin(programs.socketDir, running.port, databaseName);
      await session.query('SELECT 1').finally(() => session.close());
    },
    async readContentKey() {
      return formatContentKey(await readInsertPosition(admin));
    },
    async copyWhileRunning(isAtomic, makeCopy) {
      // Without fsync nothing says in which order changes reach the disk, so an instant of the disk may be torn.
      const canBeAtomic = isAtomic && place.isDurable;
      return await admin.inSession(async () =>
        canBeAtomic
          ? await copyAtomically(admin, makeCopy)
          : await copyInBackupMode(programs, place, admin, makeCopy),
      );
    },
    replication: makeReplication(admin),
    async stop() {
      await admin.close();
      await endProcess(running.record, running.ended);
    },
  };
}

/** One statement at a time: CREATE DATABASE works only alone. */
async function addMaster(admin: AdminConnection, master: MasterUser): Promise<void> {
  for (const statement of listMasterStatements(master)) await admin.query(statement);
}

/** Altering first is one round trip less on a server that has read nothing yet. */
async function setPassword(admin: AdminConnection, master: MasterUser): Promise<void> {
  try {
    await admin.query(formatPasswordStatement(master));
  } catch (error) {
    if (getSqlState(error) !== UNDEFINED_OBJECT) throw error;
    for (const statement of listMasterRoleStatements(master)) await admin.query(statement);
  }
}

/**
 * The server has the signal to read its files again when this resolves, and it looks for signals before it accepts a
 * connection: whoever connects from now on meets the new rules. src/backend/postmaster/postmaster.c, ServerLoop.
 * Asking it by pg_reload_conf() would send the same signal, but needs a session first.
 */
async function setAccess(
  programs: PostgresPrograms,
  place: ServerPlace,
  { record }: RunningProcess,
  rules: readonly AccessRule[],
): Promise<void> {
  await writeAccess(programs, place, rules);
  signalProcess(record.pid, 'SIGHUP');
}
