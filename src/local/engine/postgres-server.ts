// A running PostgreSQL server: its superuser connection, and what is done through it.
import { FactoryError } from '../../errors.ts';
import type { AccessRule, MasterUser, Server, ServerPlace } from './engine.ts';
import { type AdminConnection, openAdmin } from './postgres-admin.ts';
import { copyAtomically, copyInBackupMode, formatContentKey, readInsertPosition } from './postgres-backup.ts';
import { writeAccess } from './postgres-config.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { formatPasswordStatement, listMasterRoleStatements, listMasterStatements } from './postgres-roles.ts';
import type { RunningProcess } from './postgres-start.ts';
import { endProcess } from './stopping.ts';

export async function openServer(
  programs: PostgresPrograms,
  place: ServerPlace,
  running: RunningProcess,
  startedAtMs: number,
): Promise<Server> {
  const admin = await openAdmin(programs.socketDir, running.port);
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
      await setAccess(programs, place, admin, rules);
    },
    async readContentKey() {
      return formatContentKey(await readInsertPosition(admin));
    },
    async copyWhileRunning(isAtomic, makeCopy) {
      // Without fsync nothing says in which order changes reach the disk, so an instant of the disk may be torn.
      if (isAtomic && place.isDurable) return await copyAtomically(admin, makeCopy);
      return await copyInBackupMode(programs, place, admin, makeCopy);
    },
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

async function setPassword(admin: AdminConnection, master: MasterUser): Promise<void> {
  const found = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [master.username]);
  if (found.length > 0) await admin.query(formatPasswordStatement(master));
  else for (const statement of listMasterRoleStatements(master)) await admin.query(statement);
}

/** The server reads its files again before it answers a connection that was asked for afterwards. */
async function setAccess(
  programs: PostgresPrograms,
  place: ServerPlace,
  admin: AdminConnection,
  rules: readonly AccessRule[],
): Promise<void> {
  await writeAccess(programs, place, rules);
  const wrong = await admin.query('SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL');
  if (wrong[0] !== undefined) {
    throw new FactoryError('ENGINE_FAILED', `access rules were not accepted: ${wrong[0]['error']}`);
  }
  await admin.query('SELECT pg_reload_conf()');
  await admin.knock();
}
