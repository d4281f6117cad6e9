// MariaDB servers that follow another one: the writer keeps a binary log, and its readers ask for what comes after the
// transaction that they have last. https://mariadb.com/kb/en/gtid/
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { FactoryError } from '../../errors.ts';
import { signalProcess } from '../processes.ts';
import type { Following, Replication } from './engine.ts';
import type { MariadbAdmin } from './mariadb-admin.ts';
import { hashMariadbPassword, NO_PASSWORD, PASSWORD_PLUGIN } from './mariadb-password.ts';
import { openRelay } from './mariadb-relay.ts';
import type { MariadbProcess } from './mariadb-start.ts';
import { quoteText } from './mariadb-users.ts';

/** The accounts of readers begin like that, and no other. */
const ACCOUNT_PREFIX = 'db-artifact.';
/** A reader that has further to go was down for long, and is made anew sooner than it catches up. */
const CATCH_UP_TIMEOUT_MS = 60_000;
const POLL_MS = 5;
const WATCH_MS = 2000;

export const POSITION_QUERY = 'SELECT @@GLOBAL.gtid_binlog_pos AS position';

export function makeMariadbReplication(admin: MariadbAdmin): Replication {
  return {
    async setFollowers(names) {
      await setFollowers(admin, names);
    },
    async readPosition() {
      const [row] = await admin.query(POSITION_QUERY);
      return String(row?.['position']);
    },
    async waitFor(position) {
      await waitForPosition(admin, position);
    },
  };
}

/** One account each. Nobody knows a password until the reader gives itself one. */
async function setFollowers(admin: MariadbAdmin, names: readonly string[]): Promise<void> {
  const rows = await admin.query(
    `SELECT User AS account FROM mysql.user WHERE Host = 'localhost' AND User LIKE '${ACCOUNT_PREFIX}%'`,
  );
  const present = rows.map((row) => String(row['account']));
  const wanted = names.map(getAccount);
  const statements = [
    ...present
      .filter((account) => !wanted.includes(account))
      .map((account) => `DROP USER ${quoteAccount(account)}`),
    ...wanted
      .filter((account) => !present.includes(account))
      .flatMap((account) => [
        `CREATE USER ${quoteAccount(account)} ${formatPassword(NO_PASSWORD)}`,
        `GRANT REPLICATION SLAVE ON *.* TO ${quoteAccount(account)}`,
      ]),
  ];
  await runUnlogged(admin, statements);
}

/** The accounts of readers are the writer's alone. */
async function runUnlogged(admin: MariadbAdmin, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  const session = await admin.connect();
  try {
    await session.query('SET SESSION sql_log_bin = 0');
    for (const statement of statements) await session.query(statement);
  } finally {
    await session.close();
  }
}

/**
 * A data directory that has followed before knows how far it came; a fork begins where it was made. Ends the server when
 * it cannot go on, as it would answer with what was.
 */
export async function startFollowing(
  { admin, record, ended }: MariadbProcess,
  { name, from }: Following,
  { admin: writer, socketPath }: { readonly admin: MariadbAdmin; readonly socketPath: string },
): Promise<void> {
  const password = randomBytes(24).toString('hex');
  const account = getAccount(name);
  const relay = await openRelay(socketPath, account);
  const watch = setInterval(() => {
    void isStuck(admin).then((isOver) => isOver && signalProcess(record.pid, 'SIGTERM'));
  }, WATCH_MS).unref();
  void ended.then(() => {
    clearInterval(watch);
    relay.close();
  });
  const hash = await hashMariadbPassword(password);
  await runUnlogged(writer, [`ALTER USER ${quoteAccount(account)} ${formatPassword(hash)}`]);
  const isKnown = (await admin.query('SHOW SLAVE STATUS')).length > 0;
  if (isKnown) await admin.query('STOP SLAVE');
  else await admin.query(`SET GLOBAL gtid_slave_pos = ${quoteText(from ?? '')}`);
  await admin.query(
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${relay.port}, MASTER_USER = ${quoteText(account)},
     MASTER_PASSWORD = ${quoteText(password)}, MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos`,
  );
  await admin.query('START SLAVE');
}

async function waitForPosition(admin: MariadbAdmin, position: string): Promise<void> {
  const deadline = Date.now() + CATCH_UP_TIMEOUT_MS;
  const isThere = `SELECT MASTER_GTID_WAIT(${quoteText(position)}, 0) AS result`;
  for (;;) {
    const state = await readState(admin);
    if (state.error !== undefined)
      throw new FactoryError('ENGINE_FAILED', `it cannot follow: ${state.error}`);
    if (state.isConnected && (position === '' || Number((await admin.query(isThere))[0]?.['result']) === 0)) {
      return;
    }
    if (Date.now() > deadline) throw new FactoryError('ENGINE_FAILED', 'the reader does not catch up');
    await pause(POLL_MS);
  }
}

async function isStuck(admin: MariadbAdmin): Promise<boolean> {
  return await readState(admin).then(
    ({ error }) => error !== undefined,
    () => false,
  );
}

/** A thread that has ended with an error does not begin again by itself; one that only looks for its writer does. */
async function readState(admin: MariadbAdmin): Promise<{ isConnected: boolean; error: string | undefined }> {
  const [row = {}] = await admin.query('SHOW SLAVE STATUS');
  const [reading, applying] = [String(row['Slave_IO_Running']), String(row['Slave_SQL_Running'])];
  const errors = [
    reading === 'No' ? String(row['Last_IO_Error'] ?? '') : '',
    applying === 'No' ? String(row['Last_SQL_Error'] ?? '') : '',
  ];
  return { isConnected: reading === 'Yes' && applying === 'Yes', error: errors.find((said) => said !== '') };
}

function getAccount(name: string): string {
  return `${ACCOUNT_PREFIX}${name}`;
}

function quoteAccount(account: string): string {
  return `${quoteText(account)}@'localhost'`;
}

function formatPassword(hash: string): string {
  return `IDENTIFIED VIA ${PASSWORD_PLUGIN} USING ${quoteText(hash)}`;
}
