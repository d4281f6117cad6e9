// Servers that follow another one: hot standbys that stream its log over the unix socket.
// https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FactoryError } from '../../errors.ts';
import type { Following, Replication, ServerPlace } from './engine.ts';
import { writeOwned } from './engine-user.ts';
import { ADMIN } from './postgres-access.ts';
import { type AdminConnection, getSqlState } from './postgres-admin.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

/** A slot whose reader has just ended is in use for a moment. */
const OBJECT_IN_USE = '55006';
const SLOT_TIMEOUT_MS = 10_000;
/** A reader that has further to go was down for long, and is made anew sooner than it catches up. */
const CATCH_UP_TIMEOUT_MS = 60_000;
const POLL_MS = 5;

/** Lines of postgresql.conf. The slot keeps the log that the reader has not read yet. */
export function formatFollowing({ socketDir }: PostgresPrograms, { name, port }: Following): string {
  const settings = {
    primary_conninfo: `host=${socketDir} port=${port} user=${ADMIN} application_name=${name}`,
    primary_slot_name: name,
    wal_retrieve_retry_interval: '100ms', // of 5 s: the writer may start again at any time
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
}

/** A data directory with this file follows and never writes. */
export async function markAsReader(programs: PostgresPrograms, place: ServerPlace): Promise<void> {
  await writeOwned(programs.user, join(place.stateDir, 'standby.signal'), '');
}

export function makeReplication(admin: AdminConnection): Replication {
  return {
    async setFollowers(names) {
      await setSlots(admin, names);
    },
    async readPosition() {
      const [row] = await admin.query('SELECT pg_current_wal_flush_lsn()::text AS lsn');
      return String(row?.['lsn']);
    },
    async waitFor(position) {
      await waitForPosition(admin, position);
    },
  };
}

async function setSlots(admin: AdminConnection, names: readonly string[]): Promise<void> {
  const rows = await admin.query(
    "SELECT slot_name AS name FROM pg_replication_slots WHERE slot_type = 'physical'",
  );
  const present = rows.map((row) => String(row['name']));
  for (const name of present) if (!names.includes(name)) await dropSlot(admin, name);
  for (const name of names) {
    if (!present.includes(name))
      await admin.query('SELECT pg_create_physical_replication_slot($1, true)', [name]);
  }
}

async function dropSlot(admin: AdminConnection, name: string): Promise<void> {
  const deadline = Date.now() + SLOT_TIMEOUT_MS;
  for (;;) {
    try {
      await admin.query('SELECT pg_drop_replication_slot($1)', [name]);
      return;
    } catch (error) {
      if (getSqlState(error) !== OBJECT_IN_USE || Date.now() > deadline) throw error;
      await pause(POLL_MS);
    }
  }
}

/** Connected as well: one that cannot reach its writer gets no further. */
async function waitForPosition(admin: AdminConnection, position: string): Promise<void> {
  const deadline = Date.now() + CATCH_UP_TIMEOUT_MS;
  const isThere = `SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn
    AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS yes`;
  for (;;) {
    const [row] = await admin.query(isThere, [position]);
    if (row?.['yes'] === true) return;
    if (Date.now() > deadline) throw new FactoryError('ENGINE_FAILED', 'the reader does not catch up');
    await pause(POLL_MS);
  }
}
