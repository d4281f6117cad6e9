// The PostgreSQL engine: from the programs of one installation to data directories and servers.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import type { CopyTerms, Engine, ServerPlace } from './engine.ts';
import { giveToUser } from './engine-user.ts';
import { describeOutput } from './launching.ts';
import { ADMIN } from './postgres-access.ts';
import { openAdmin } from './postgres-admin.ts';
import { isLogFile, isOfTheProcess } from './postgres-backup.ts';
import { formatSegment, parseControl } from './postgres-control.ts';
import { isReadFirst } from './postgres-first-reads.ts';
import { makeScramVerifier } from './postgres-password.ts';
import { type PostgresPrograms, runInitdb } from './postgres-programs.ts';
import { listSystemStatements } from './postgres-roles.ts';
import { openServer } from './postgres-server.ts';
import { adoptProcess, startProcess } from './postgres-start.ts';
import { listPostgresExtensions, takeOverPostgres } from './postgres-take-over.ts';
import { endProcess } from './stopping.ts';

/** Aurora's own first; then what every Linux has; then what everything has. */
const LOCALES = ['en_US.UTF-8', 'C.UTF-8', 'C'] as const;

export function makePostgresEngine(programs: PostgresPrograms): Engine {
  return {
    family: 'aurora-postgresql',
    version: programs.version,
    majorVersion: programs.majorVersion,
    folder: programs.folder,
    async initialize(place) {
      await giveToUser(programs.user, place.stateDir);
      await initializeFolder(programs, place);
      await addSystemRoles(programs, place);
    },
    async start(place) {
      const running = await startProcess(programs, place);
      return openServer(programs, place, running, Date.now());
    },
    async find(place) {
      const running = await adoptProcess(programs, place);
      return running && openServer(programs, place, running, 0);
    },
    async readCopyTerms(place) {
      return await readCopyTerms(programs, place);
    },
    isReadFirst,
    hashPassword: makeScramVerifier,
    getAdminLogin: ({ port }) => ({ host: programs.socketDir, port, user: ADMIN }),
    listExtensions: async () => await listPostgresExtensions(programs),
    takeOver: async (place, from) => await takeOverPostgres(programs, place, from),
  };
}

async function initializeFolder(programs: PostgresPrograms, place: ServerPlace): Promise<void> {
  const args = ['-D', place.dataDir, '-U', ADMIN, '--auth-local=peer', '--auth-host=scram-sha-256'];
  args.push('--encoding=UTF8', '--data-checksums', '--no-instructions');
  for (const locale of LOCALES) {
    const result = await runInitdb(programs, place.launchPrefix, [...args, `--locale=${locale}`]);
    if (result.status === 0) return;
    if (!/invalid locale/.test(result.stderr) || locale === 'C') {
      throw new FactoryError('ENGINE_FAILED', `initdb failed: ${describeOutput(result)}`);
    }
  }
}

async function addSystemRoles(programs: PostgresPrograms, place: ServerPlace): Promise<void> {
  const running = await startProcess(programs, { ...place, isListening: false });
  try {
    const admin = openAdmin(programs.socketDir, place.port, 'postgres');
    for (const statement of listSystemStatements(programs.majorVersion)) await admin.query(statement);
    await admin.close();
  } finally {
    await endProcess(running.record, running.ended);
  }
}

/** Of the log a clean copy needs one file, the one with the last checkpoint; the others wait to be used again. */
async function readCopyTerms(programs: PostgresPrograms, place: ServerPlace): Promise<CopyTerms | undefined> {
  const control = parseControl(await readControlFile(programs, place));
  if (!control.isShutDown) return undefined;
  const lastSegment = `pg_wal/${formatSegment(control.timeline, control.redo)}`;
  return {
    contentKey: `stopped/${control.timeline}/${control.checkpoint.toString(16)}`,
    isExcluded: (path) => isOfTheProcess(path) || (isLogFile(path) && path !== lastSegment),
  };
}

/** A fork that never ran may show its files only to programs started in it. */
async function readControlFile(programs: PostgresPrograms, place: ServerPlace): Promise<Buffer> {
  try {
    return await readFile(join(place.stateDir, 'global', 'pg_control'));
  } catch (error) {
    const [program, ...rest] = place.launchPrefix;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || program === undefined) throw error;
    const args = [...rest, 'base64', join(place.dataDir, 'global', 'pg_control')];
    return Buffer.from(await runChecked(program, args, { env: programs.env, cwd: '/' }), 'base64');
  }
}
