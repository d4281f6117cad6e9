// Plans the import of a file of mysqldump or mariadb-dump, packed or not.
import { finished } from 'node:stream/promises';
import { FactoryError } from '../../errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import { formatBytes } from './byte-counts.ts';
import { getMysqlClients } from './client-programs.ts';
import { type DumpFile, openText, readDumpFile, throwDamaged } from './dump-file.ts';
import type { ImportJob } from './job.ts';
import { rewriteLines } from './lines.ts';
import { fillFreshVolume } from './loading.ts';
import { loadText } from './mysql-load.ts';
import { makeMysqlRewriter } from './mysql-text.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { quoteMysqlName } from './quote.ts';
import type { ImportRequest, ImportSummary } from './request.ts';

interface Content {
  /** That the text makes itself; empty: it belongs into whatever database is there. */
  readonly databases: readonly string[];
  readonly tables: number;
}

export async function planMysqlFile(ground: Ground, path: string): Promise<ImportPlan> {
  const { job, settings } = ground;
  const { request } = job;
  return await job.during('check the file', async () => {
    checkOptions(request);
    const file = await readDumpFile(path);
    const { client } = await getMysqlClients(settings.env);
    const engine = pickEngine(ground, undefined);
    const content = await readContent(file);
    const named = request.databaseName ?? request.clusterId.replaceAll('-', '_');
    const databases = content.databases.length > 0 ? content.databases : [named];
    return {
      engine,
      databaseName: databases.length === 1 ? databases[0] : undefined,
      fill: async (context, cluster) =>
        await fillFromFile({ job, engine, client, file, content, databases }, context, cluster),
      async [Symbol.asyncDispose]() {},
    };
  });
}

interface FileSource {
  readonly job: ImportJob;
  readonly engine: Engine;
  readonly client: string;
  readonly file: DumpFile;
  readonly content: Content;
  readonly databases: readonly string[];
}

async function fillFromFile(
  from: FileSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, client, file, content, databases } = from;
  return await fillFreshVolume(context, cluster, engine, async (server) => {
    const notes = new Set<string>();
    const own = content.databases.length === 0 ? String(databases[0]) : '';
    if (own)
      await server.withSql(
        '',
        async (sql) => await sql.query(`CREATE DATABASE IF NOT EXISTS ${quoteMysqlName(own)}`),
      );
    await job.during('load the file', async (report) => {
      let bytes = 0;
      const change = { master: cluster.masterUsername, note: (text: string) => notes.add(text) };
      const text = openText(file, rewriteLines(makeMysqlRewriter(change)), (more) => {
        bytes += more;
        report(`${formatBytes(bytes)} of ${formatBytes(file.sizeBytes)}`);
      });
      await loadText(job, client, server, text, own);
      if (text.errored) throwDamaged(text.errored);
    });
    const tables = await server.withSql('', async (sql) => {
      const { rows } = await sql.query(
        "SELECT COUNT(*) AS count FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA IN (?)",
        [databases],
      );
      return Number(rows[0]?.['count']);
    });
    if (tables < content.tables) {
      throw new FactoryError(
        'DATABASE_FAILED',
        `the file has ${content.tables} tables, and ${tables} arrived`,
      );
    }
    return {
      ...{
        method: 'file',
        notes: [...notes],
        engineVersion: engine.version,
        databases,
        tables,
        rows: undefined,
      },
      ...{ sequences: 0, roles: [], check: 'all tables of the file are there; it says no numbers of rows' },
    };
  });
}

async function readContent(file: DumpFile): Promise<Content> {
  const databases = new Set<string>();
  const tables = new Set<string>();
  let current = '';
  const scan = rewriteLines((line) => {
    const start = line.subarray(0, 200).toString('utf8');
    const [, database] = /^USE `((?:[^`]|``)+)`;/.exec(start) ?? [];
    if (database !== undefined) current = database.replaceAll('``', '`');
    if (current !== '') databases.add(current);
    const [, table] = /^CREATE TABLE (?:IF NOT EXISTS )?`((?:[^`]|``)+)`/.exec(start) ?? [];
    if (table !== undefined) tables.add(`${current}.${table}`);
    return undefined;
  });
  await finished(openText(file, scan, () => {}).resume()).catch(throwDamaged);
  return { databases: [...databases], tables: tables.size };
}

function checkOptions(request: ImportRequest): void {
  const { tables, excludedTables, emptyTables, isSchemaOnly } = request;
  if (!isSchemaOnly && [tables, excludedTables, emptyTables].every((list) => list.length === 0)) return;
  throw new FactoryError('NOT_SUPPORTED', 'a file of mysqldump is imported as a whole', {
    hint: 'Choose tables when you make the file, or import from the server.',
  });
}
