// The MariaDB engine: from the programs of one installation to data directories and servers.
import { FactoryError } from '../../errors.ts';
import type { CopyTerms, Engine, Following, ServerPlace } from './engine.ts';
import { findOurselves, giveToUser } from './engine-user.ts';
import { describeOutput, runAsUser } from './launching.ts';
import { openMariadbAdmin } from './mariadb-admin.ts';
import { isLeftOut } from './mariadb-backup.ts';
import { getSocketPath } from './mariadb-config.ts';
import { readStoppedKey } from './mariadb-content.ts';
import { isReadFirst } from './mariadb-first-reads.ts';
import { hashMariadbPassword } from './mariadb-password.ts';
import type { MariadbPrograms } from './mariadb-programs.ts';
import { startFollowing } from './mariadb-replication.ts';
import { openMariadbServer } from './mariadb-server.ts';
import { adoptMariadb, MARIADB_SIGNALS, type MariadbProcess, startMariadb } from './mariadb-start.ts';
import { takeOverMariadb } from './mariadb-take-over.ts';
import { listSystemStatements, SYSTEM_ACCOUNT } from './mariadb-users.ts';
import { endProcess } from './stopping.ts';

/** Storage engines that need no plugin. https://mariadb.com/kb/en/storage-engines/ */
const BUILT_IN_ENGINES = ['InnoDB', 'MyISAM', 'Aria', 'MEMORY', 'CSV', 'MRG_MyISAM', 'SEQUENCE'];

export function makeMariadbEngine(programs: MariadbPrograms): Engine {
  return {
    family: 'aurora-mysql',
    version: programs.version,
    majorVersion: programs.majorVersion,
    folder: programs.folder,
    async initialize(place) {
      await giveToUser(programs.user, place.stateDir);
      await initializeFolder(programs, place);
      await setSystemAccounts(programs, place);
    },
    async start(place) {
      const running = await startMariadb(programs, place);
      if (place.follows) await follow(programs, running, place.follows);
      return openMariadbServer(place, running, Date.now());
    },
    async find(place) {
      const running = await adoptMariadb(programs, place);
      if (running === undefined) return undefined;
      const isReader = place.follows === undefined || (await canFollow(programs, running, place.follows));
      return isReader ? openMariadbServer(place, running, 0) : undefined;
    },
    async readCopyTerms(place) {
      return await readCopyTerms(programs, place);
    },
    isReadFirst,
    hashPassword: hashMariadbPassword,
    getAdminLogin: ({ port }) => ({
      host: getSocketPath(programs.socketDir, port),
      port: 0,
      user: findOurselves().name,
    }),
    listExtensions: async () => BUILT_IN_ENGINES,
    takeOver: async (place, from) => await takeOverMariadb(programs, place, from),
  };
}

/** Its writer may be gone; then it has ended. */
async function canFollow(
  programs: MariadbPrograms,
  running: MariadbProcess,
  following: Following,
): Promise<boolean> {
  return await follow(programs, running, following).then(
    () => true,
    () => false,
  );
}

/** A server that cannot follow is no reader. */
async function follow(
  programs: MariadbPrograms,
  running: MariadbProcess,
  following: Following,
): Promise<void> {
  const socketPath = getSocketPath(programs.socketDir, following.port);
  try {
    const writer = await openMariadbAdmin(socketPath);
    await startFollowing(running, following, { admin: writer, socketPath }).finally(() => writer.close());
  } catch (error) {
    await running.admin.close();
    await endProcess(running.record, running.ended, MARIADB_SIGNALS);
    throw error;
  }
}

/** https://mariadb.com/kb/en/mariadb-install-db/ */
async function initializeFolder(programs: MariadbPrograms, place: ServerPlace): Promise<void> {
  const command = [
    ...place.launchPrefix,
    programs.installer,
    '--no-defaults',
    `--basedir=${programs.baseDir}`,
    `--datadir=${place.dataDir}`,
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${programs.user.name}`,
    '--skip-test-db',
    '--skip-name-resolve',
    '--innodb-log-file-size=48M',
  ];
  const [program = '', ...args] = command;
  const result = await runAsUser(program, args, programs.user);
  if (result.status === 0) return;
  throw new FactoryError('ENGINE_FAILED', `mariadb-install-db failed: ${describeOutput(result)}`);
}

async function setSystemAccounts(programs: MariadbPrograms, place: ServerPlace): Promise<void> {
  const running = await startMariadb(programs, { ...place, isListening: false });
  try {
    const osUser = findOurselves().name;
    const rows = await running.admin.query("SELECT User AS name FROM mysql.user WHERE is_role = 'N'");
    const others = rows.map((row) => String(row['name'])).filter((name) => name !== SYSTEM_ACCOUNT);
    for (const statement of listSystemStatements(osUser, others)) await running.admin.query(statement);
    await running.admin.close();
  } finally {
    await endProcess(running.record, running.ended, MARIADB_SIGNALS);
  }
}

async function readCopyTerms(programs: MariadbPrograms, place: ServerPlace): Promise<CopyTerms | undefined> {
  const contentKey = await readStoppedKey(programs, place);
  return contentKey === undefined ? undefined : { contentKey, isExcluded: isLeftOut };
}
