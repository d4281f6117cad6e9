// Makes a data directory out of a running server elsewhere, and brings it to the form that initialize gives: the first
// superuser is this program's own. Knows nothing of who owns what in it.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runPiped, runProgram } from '../../run.ts';
import type { ServerPlace, TakeOver } from './engine.ts';
import { giveToUser, pickIds, writeOwned } from './engine-user.ts';
import { describeOutput, makeEngineEnv, runAsUser } from './launching.ts';
import { quoteEnd } from './logs.ts';
import { ADMIN } from './postgres-access.ts';
import { listArguments, writeConfig } from './postgres-config.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

/** Of the other machine: what its server was told, and what it noted for itself. */
const LEFT_OUT = [
  'backup_manifest',
  'standby.signal',
  'recovery.signal',
  'current_logfiles',
  'log',
  'pg_log',
];

/** The password file exists while the copy is made, readable by the engine's user alone. */
export async function takeOverPostgres(
  programs: PostgresPrograms,
  place: ServerPlace,
  from: TakeOver,
): Promise<void> {
  await giveToUser(programs.user, place.stateDir);
  await writeConfig(programs, place);
  const passwordFile = join(place.configDir, 'source.pgpass');
  try {
    await writeOwned(programs.user, passwordFile, from.passwordFile);
    await copyServer(programs, place, from, passwordFile);
  } finally {
    await rm(passwordFile, { force: true });
  }
  for (const name of LEFT_OUT) await rm(join(place.stateDir, name), { recursive: true, force: true });
  // It would win over the configuration file.
  await writeOwned(programs.user, join(place.stateDir, 'postgresql.auto.conf'), '');
  await becomeFirstSuperuser(programs, place, from.signal);
}

/** https://www.postgresql.org/docs/current/app-pgbasebackup.html */
async function copyServer(
  programs: PostgresPrograms,
  place: ServerPlace,
  from: TakeOver,
  passwordFile: string,
): Promise<void> {
  const options = { env: { ...makeEngineEnv(), ...from.env, PGPASSFILE: passwordFile }, cwd: '/' };
  const run = async (command: readonly string[]) => {
    const [program = '', ...args] = [...place.launchPrefix, ...command];
    const { signal, onLine } = from;
    return await runPiped(program, args, { ...options, signal, onLine, ...pickIds(programs.user) });
  };
  await run(['chmod', '700', place.dataDir]);
  const copied = await run([
    ...[from.program, `--pgdata=${place.dataDir}`, '--wal-method=stream', '--checkpoint=fast'],
    ...['--progress', '--no-password', '--label=db-artifact import'],
  ]);
  if (copied.status === 0) return;
  const said = copied.stderr.split('\n').filter((line) => !/^\s*\d+\/\d+ kB/.test(line));
  throw new FactoryError('CHILD_FAILED', `pg_basebackup failed: ${quoteEnd(said.join('\n'))}`);
}

/**
 * Nobody can log in yet, so the server runs alone, without the network. Roles are known by number everywhere, so the
 * first one can have another name; it could not be renamed from within its own session otherwise. Subscriptions would
 * go on to read from their publishers. https://www.postgresql.org/docs/current/app-postgres.html
 */
async function becomeFirstSuperuser(
  programs: PostgresPrograms,
  place: ServerPlace,
  signal: AbortSignal,
): Promise<void> {
  const server = [
    join(programs.folder, 'postgres'),
    '--single',
    ...listArguments(programs, place),
    'template1',
  ];
  const [program = '', ...args] = [...place.launchPrefix, ...server];
  const statements = [
    `UPDATE pg_authid SET rolname = '${ADMIN}', rolpassword = NULL, rolcanlogin = true WHERE oid = 10`,
    'UPDATE pg_subscription SET subenabled = false',
    `CREATE DATABASE ${ADMIN}`,
  ];
  const result = await runProgram(program, args, {
    ...{ env: programs.env, cwd: '/', signal, input: statements.map((line) => `${line};\n`).join('') },
    ...pickIds(programs.user),
  });
  const complaint = /^.*\b(ERROR|FATAL|PANIC): .*$/m.exec(result.stderr)?.[0];
  if (result.status === 0 && complaint === undefined) return;
  const said = complaint ?? describeOutput({ ...result, stdout: '' });
  throw new FactoryError('ENGINE_FAILED', `the copied server cannot be made ready: ${said}`);
}

/** initdb shows where its installation keeps what comes with it. */
export async function listPostgresExtensions(programs: PostgresPrograms): Promise<readonly string[]> {
  const shown = await runAsUser(
    join(programs.folder, 'initdb'),
    ['--show', '-D', '/nonexistent'],
    programs.user,
  );
  const share = /^\s*share_path=(.+)$/m.exec(`${shown.stderr}\n${shown.stdout}`)?.[1]?.trim();
  if (share === undefined) throw new FactoryError('ENGINE_FAILED', `initdb --show: ${describeOutput(shown)}`);
  const files = await readdir(join(share, 'extension')).catch(() => []);
  return files.filter((name) => name.endsWith('.control')).map((name) => name.replace(/\.control$/, ''));
}
