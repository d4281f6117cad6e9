// A source server with data and a local RDS to import it into, driven through the built program.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectDatabase, type SqlConnection, type SqlFamily } from '../../src/sql/connect.ts';
import { makeFolder } from './folder.ts';
import { fillSource, formatSourceUrl } from './import-sources.ts';
import { findSystemBins } from './postgres-bins.ts';
import { type Ended, runDbArtifact, type Started, startDbArtifact } from './program.ts';
import { type LocalRds, readProfile, startLocalRds } from './running-rds.ts';
import { type SqlServer, startSqlServer } from './sql-servers.ts';

export interface ImportPlace extends AsyncDisposable {
  readonly folder: string;
  readonly source: SqlServer;
  readonly url: string;
  readonly local: LocalRds;
  /** After the local RDS was killed. */
  restart(): Promise<void>;
  /** `local import --cluster NAME ...`, with the password of the source in the environment. */
  run(cluster: string, ...args: readonly string[]): Promise<Ended>;
  start(cluster: string, ...args: readonly string[]): Started;
  /** What --json prints; a failure is an error. */
  importJson(cluster: string, ...args: readonly string[]): Promise<ImportDocument>;
  /** As the master user, with the password that `url` shows. */
  connect(cluster: string, database?: string): Promise<SqlConnection & AsyncDisposable>;
  listClusters(): Promise<readonly string[]>;
}

export interface ImportDocument {
  readonly state: string;
  readonly summary: {
    readonly method: string;
    readonly notes: readonly string[];
    readonly databases: readonly string[];
    readonly tables: number;
    readonly rows: number | null;
    readonly roles: readonly string[];
    readonly check: string;
  };
}

export async function openImportPlace(family: SqlFamily): Promise<ImportPlace> {
  const folder = makeFolder();
  const source = await startSqlServer(family);
  await fillSource(source);
  const local = await startLocalRds(
    folder,
    findSystemBins().flatMap((bin) => ['--postgres-bin', bin]),
  );
  const { password } = source.options;
  const env = { ...local.env, PGPASSWORD: password, MYSQL_PWD: password };
  const words = (cluster: string, args: readonly string[]) => [
    'local',
    'import',
    '--cluster',
    cluster,
    ...args,
  ];
  const run = async (cluster: string, ...args: readonly string[]) =>
    await runDbArtifact(words(cluster, args), env);
  return {
    ...{ folder, source, local, run, url: formatSourceUrl(source) },
    async restart() {
      await local.run('local', 'up', '--port', new URL(readProfile(local.env).endpoint).port);
    },
    start: (cluster, ...args) => startDbArtifact(words(cluster, args), env),
    async importJson(cluster, ...args) {
      const { status, stdout, stderr } = await run(cluster, '--json', ...args);
      if (status !== 0) throw new Error(`local import ended with ${status}:\n${stderr}`);
      return JSON.parse(stdout) as ImportDocument;
    },
    async connect(cluster, database) {
      const url = new URL((await local.run('url', cluster)).trim());
      const sql = await connectDatabase({
        ...{ family, host: url.hostname, port: Number(url.port), user: url.username },
        ...{
          password: url.password,
          database: database ?? url.pathname.slice(1),
          tls: 'off',
          timeoutMs: 10_000,
        },
      });
      return { ...sql, [Symbol.asyncDispose]: () => sql.close() };
    },
    async listClusters() {
      return (await local.listClusters()).map(({ DBClusterIdentifier = '' }) => DBClusterIdentifier);
    },
    async [Symbol.asyncDispose]() {
      await local.close();
      await source.stop();
      rmSync(join(folder), { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
