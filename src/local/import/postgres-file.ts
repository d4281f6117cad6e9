// Plans the import of a dump file of PostgreSQL: an archive for pg_restore, or SQL text for psql.
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { FactoryError } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import { getPostgresClients, type PostgresClients } from './client-programs.ts';
import { type DumpFile, openText, readDumpFile, throwDamaged } from './dump-file.ts';
import { rewriteLines } from './lines.ts';
import { fillFreshVolume } from './loading.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { checkExtensions } from './postgres-extensions.ts';
import { type FileSource, findExpected, loadFile } from './postgres-file-load.ts';
import { finishDatabase } from './postgres-logical.ts';
import { makeDatabase, readContents } from './postgres-restore.ts';
import { makeRoles } from './postgres-roles.ts';
import { makePostgresScanner, type PostgresText } from './postgres-text.ts';
import type { ImportRequest, ImportSummary } from './request.ts';

const PROGRAMS = ['pg_restore', 'psql'];
const OLDEST_CLIENT = 10;
const ARCHIVE_CHECK = 'everything in the file was restored; it says no numbers of rows';
const OWNERS_NOTE = 'the file does not say who was a superuser: owners may read and write all data';

export async function planPostgresFile(ground: Ground, path: string): Promise<ImportPlan> {
  const { job, staging } = ground;
  const { request } = job;
  return await job.during('check the file', async () => {
    const file = await readDumpFile(path);
    const { clients, contents } = await readArchive(ground, file);
    const text = await readText(file, clients);
    checkText(request, text);
    const engine = pickEngine(
      ground,
      text.version ?? findHeader(contents, /Dumped from database version: (\S+)/),
    );
    await checkExtensions(engine, [...text.extensions], request.skippedExtensions);
    const named = request.databaseName ?? [...text.databases][0] ?? findHeader(contents, /dbname: (.+)$/);
    const database = named ?? request.clusterId.replaceAll('-', '_');
    const from = { job, staging, engine, clients, file, text, contents, database };
    return {
      engine,
      databaseName: database,
      fill: async (context, cluster) => await fillFromFile(from, context, cluster),
      async [Symbol.asyncDispose]() {},
    };
  });
}

async function fillFromFile(
  from: FileSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, database, text, file } = from;
  return await fillFreshVolume(context, cluster, engine, async (server) => {
    const master = cluster.masterUsername;
    const roles = await job.during(
      'database and roles',
      async () =>
        await server.withSql('postgres', async (sql) => {
          await makeDatabase(sql, database, master, undefined);
          const roles = {
            names: [...text.roles].sort(),
            superusers: [...text.owners],
            memberships: [],
            settings: [],
          };
          return await makeRoles(sql, roles, { master, database });
        }),
    );
    await job.during('load the file', async (report) => {
      await loadFile(from, server, report);
    });
    const counted = await finishDatabase(job, server, database, findExpected(from));
    return {
      method: 'file',
      notes: text.owners.size > 0 ? [OWNERS_NOTE] : [],
      engineVersion: engine.version,
      databases: [database],
      roles,
      ...counted,
      ...(file.form === 'text' ? {} : { check: ARCHIVE_CHECK }),
    };
  });
}

/** The newest pg_restore reads every archive; the one that fits the archive writes what its servers understand. */
async function readArchive({ engines, settings }: Ground, file: DumpFile) {
  const folders = engines.filter(({ family }) => family === 'aurora-postgresql').map(({ folder }) => folder);
  const find = async (major: number) => await getPostgresClients(major, PROGRAMS, folders, settings.env);
  const oldest = await find(OLDEST_CLIENT);
  if (file.form === 'text') return { clients: oldest, contents: [] };
  const newest = await getPostgresClients('newest', PROGRAMS, folders, settings.env);
  const contents = await readContents(join(newest.folder, 'pg_restore'), file.path);
  const writtenBy = Number.parseInt(findHeader(contents, /Dumped by pg_dump version: (\S+)/) ?? '', 10);
  return { clients: Number.isNaN(writtenBy) ? newest : await find(writtenBy), contents };
}

/** Of an archive, pg_restore writes the text of everything but the rows. */
async function readText(file: DumpFile, clients: PostgresClients): Promise<PostgresText> {
  const scanner = makePostgresScanner();
  if (file.form !== 'text') {
    const args = ['--schema-only', '--file=-', file.path];
    const text = await runChecked(join(clients.folder, 'pg_restore'), args, { env: { LC_ALL: 'C' } });
    for (const line of text.split('\n')) scanner.take(Buffer.from(line));
    return scanner.found;
  }
  const scan = rewriteLines((line) => {
    scanner.take(line);
    return undefined;
  });
  await finished(openText(file, scan, () => {}).resume()).catch(throwDamaged);
  return scanner.found;
}

function checkText(request: ImportRequest, text: PostgresText): void {
  const refuse = (message: string, hint: string) => new FactoryError('NOT_SUPPORTED', message, { hint });
  if (text.isOfCluster || text.databases.size > 1) {
    throw refuse('the file holds several databases', 'Make a file of one: pg_dump DATABASE.');
  }
  if (request.tables.length + request.excludedTables.length > 0) {
    throw refuse(
      'a dump file comes along with all its tables',
      'Choose them when you make the file, or import from the server.',
    );
  }
  if (text.hasInserts && (request.isSchemaOnly || request.emptyTables.length > 0)) {
    throw refuse(
      'the rows of the file are INSERT statements, which cannot be left out',
      'Make it without --inserts.',
    );
  }
}

function findHeader(contents: readonly string[], pattern: RegExp): string | undefined {
  return contents.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
}
