// The folder of one import: secrets of the source and what is dumped on the way. Nobody else can enter it, and nothing
// of it stays.
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { endProcess, watchProcess } from '../engine/stopping.ts';
import { findProcess, findProcesses } from '../processes.ts';
import type { SourceServer } from './source-url.ts';

export interface Staging extends AsyncDisposable {
  readonly folder: string;
  /** Readable for this user alone. Returns its path. */
  writeSecret(name: string, content: string): Promise<string>;
}

export async function openStaging(dataDir: string, clusterId: string): Promise<Staging> {
  const parent = getParent(dataDir);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, `${clusterId}-`));
  return {
    folder,
    async writeSecret(name, content) {
      await writeFile(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a killed process has left: programs that name the folder, and the folder. */
export async function removeStagingLeftovers(dataDir: string): Promise<void> {
  const parent = getParent(dataDir);
  for (const { pid } of await findProcesses(`${parent}/`)) {
    const record = await findProcess(pid);
    if (record) await endProcess(record, watchProcess(record));
  }
  await rm(parent, { recursive: true, force: true });
}

/** Text takes about the room of the tables without their indexes, so this errs on the safe side. */
export async function checkRoom(staging: Staging, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(staging.folder);
  if (bavail * bsize > neededBytes) return;
  const [needed, free] = [neededBytes, bavail * bsize].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new FactoryError('DISK_FULL', `the source has ${needed}, and ${free} are free in ${staging.folder}`, {
    hint: 'Leave tables out with --exclude-table-data, or use a larger disk.',
  });
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html: the first line that fits counts. */
export function formatPasswordFile(password: string): string {
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/** https://mariadb.com/kb/en/configuring-mariadb-with-option-files/#option-file-escapes */
export function formatOptionFile(source: SourceServer, password: string): string {
  const { host, port, user, sslMode, rootCertificate } = source;
  const isVerified = /^verify/.test(sslMode);
  const lines = [
    '[client]',
    host.startsWith('/') ? `socket=${quoteOption(host)}` : `host=${quoteOption(host)}`,
    ...(host.startsWith('/') ? [] : [`port=${port}`, 'protocol=TCP']),
    `user=${quoteOption(user)}`,
    `password=${quoteOption(password)}`,
    ...(/^disable/.test(sslMode) ? ['skip-ssl'] : []),
    ...(/^(require|verify)/.test(sslMode) ? ['ssl'] : []),
    ...(isVerified ? ['ssl-verify-server-cert'] : []),
    ...(rootCertificate ? [`ssl-ca=${quoteOption(rootCertificate)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** libpq's variables for a source; the password is in a file. */
export function makeLibpqEnv(source: SourceServer, env: NodeJS.ProcessEnv): Record<string, string> {
  const { host, port, user, database, sslMode, rootCertificate } = source;
  return {
    ...{
      PATH: env['PATH'] ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      PGCONNECT_TIMEOUT: '15',
      PGAPPNAME: 'db-artifact',
    },
    ...(env['HOME'] ? { HOME: env['HOME'] } : {}),
    ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database, PGSSLMODE: sslMode },
    ...(rootCertificate ? { PGSSLROOTCERT: rootCertificate } : {}),
  };
}

function quoteOption(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function getParent(dataDir: string): string {
  return join(dataDir, 'imports');
}
