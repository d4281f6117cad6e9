// Real PostgreSQL and MariaDB servers with TLS, one data directory each, for the contract of database connections.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectOptions, SqlFamily } from '../../src/sql/connection.ts';

export interface SqlServer {
  /** Over TCP, as the user with the password. */
  readonly options: ConnectOptions;
  readonly socketDir: string;
  /** Certificate that the server shows, which signed itself for `localhost`. */
  readonly certificate: string;
  stop(): Promise<void>;
}

export const PASSWORD = "it's-$ecret\\%";
const START_MS = 60_000;
const VERSIONS = '/usr/lib/postgresql';

export function findServerProblem(family: SqlFamily): string | undefined {
  if (family === 'mysql')
    return existsSync('/usr/sbin/mariadbd') ? undefined : 'mariadb-server is not installed';
  return findPostgresBin() === undefined ? 'no PostgreSQL server is installed' : undefined;
}

export async function startSqlServer(family: SqlFamily): Promise<SqlServer> {
  const folder = mkdtempSync(join(tmpdir(), `sql-${family}-`));
  const owner = findUser(family === 'postgres' ? 'postgres' : 'mysql');
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid);
  chmodSync(folder, 0o755);
  makeCertificate(folder, owner);
  const port = await findFreePort();
  const server =
    family === 'postgres' ? startPostgres(folder, port, owner) : startMariadb(folder, port, owner);
  await waitForPort(port, server);
  return {
    options: {
      family,
      host: '127.0.0.1',
      port,
      user: 'dba',
      password: PASSWORD,
      database: 'shop',
      tls: 'off',
      timeoutMs: 10_000,
    },
    socketDir: folder,
    certificate: join(folder, 'server.crt'),
    async stop() {
      const isRunning = server.exitCode === null && server.signalCode === null;
      const exited = isRunning ? once(server, 'exit') : undefined;
      server.kill('SIGKILL'); // nothing in it is worth a shutdown
      await exited;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Database servers refuse to run as root. */
function findUser(name: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function findPostgresBin(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort() : [];
  return versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .findLast((bin) => existsSync(join(bin, 'initdb')));
}

function makeCertificate(folder: string, owner: Owner): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.crt')];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files];
  execFileSync('openssl', args, { stdio: 'ignore' });
  chmodSync(join(folder, 'server.key'), 0o600);
  if (owner.uid !== undefined) chownSync(join(folder, 'server.key'), owner.uid, owner.gid ?? owner.uid);
}

function startPostgres(folder: string, port: number, owner: Owner): ChildProcess {
  const bin = findPostgresBin() ?? '';
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'password'), PASSWORD);
  const initArgs = [
    '-D',
    data,
    '-U',
    'dba',
    '-A',
    'scram-sha-256',
    `--pwfile=${join(folder, 'password')}`,
    '-N',
  ];
  execFileSync(join(bin, 'initdb'), initArgs, { ...owner, stdio: 'ignore' });
  const single = ['--single', '-D', data, 'postgres'];
  execFileSync(join(bin, 'postgres'), single, { ...owner, input: 'CREATE DATABASE shop;\n', stdio: 'pipe' });
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: join(folder, 'server.crt'),
    ssl_key_file: join(folder, 'server.key'),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...owner, stdio: 'ignore' });
}

function startMariadb(folder: string, port: number, owner: Owner): ChildProcess {
  const data = join(folder, 'data');
  const installArgs = [`--datadir=${data}`, '--auth-root-authentication-method=socket', '--skip-test-db'];
  execFileSync('mariadb-install-db', ['--no-defaults', ...installArgs], { ...owner, stdio: 'ignore' });
  const quoted = PASSWORD.replace(/['\\]/g, '\\$&');
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    `CREATE DATABASE shop;\nCREATE USER 'dba'@'%' IDENTIFIED BY '${quoted}';\nGRANT ALL ON *.* TO 'dba'@'%' WITH GRANT OPTION;\n`,
  );
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'mysqld.sock')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--init-file=${init}`,
    `--ssl-cert=${join(folder, 'server.crt')}`,
    `--ssl-key=${join(folder, 'server.key')}`,
  ];
  return spawn('/usr/sbin/mariadbd', args, { ...owner, stdio: 'ignore' });
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function waitForPort(port: number, server: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  while (!(await canConnect(port))) {
    if (server.exitCode !== null) throw new Error(`the server ended with status ${server.exitCode}`);
    if (performance.now() > deadlineMs) throw new Error(`nothing listens on port ${port}`);
    await sleep(50);
  }
}

async function canConnect(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
