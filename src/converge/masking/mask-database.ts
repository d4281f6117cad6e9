// Masks a whole database: the flow, for both families. Whatever was done is recorded in the copy, so that a run that
// was killed goes on where it stopped, and a run that has passed is not repeated.
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import { openRecords } from '../records.ts';
import { runSqlFilesOnce } from '../schema/run-statements.ts';
import {
  beginMasking,
  getDigest,
  type MaskDatabaseOptions,
  makeOtherPolicyError,
  STEP,
} from './begin-masking.ts';
import { mysqlMasking } from './mysql-masking.ts';
import { runParallel } from './parallel.ts';
import { postgresMasking } from './postgres-masking.ts';
import type { MaskingReport, ResidualFinding, TableReport } from './report.ts';
import { findResidual } from './residual.ts';
import type { DatabaseSchema } from './schema.ts';
import type { MaskingServer, MaskingSession } from './server.ts';

export type { MaskDatabaseOptions } from './begin-masking.ts';

/** Throws REFUSED, with every problem, where the policy does not cover the database; nothing is changed then. */
export async function maskDatabase(options: MaskDatabaseOptions): Promise<MaskingReport> {
  const startedMs = performance.now();
  const server: MaskingServer = options.family === 'postgres' ? postgresMasking : mysqlMasking;
  const connect = async (): Promise<SqlConnection> => await openConnection(options, server);
  const connection = await connect();
  try {
    const records = await openRecords(connection, options.family, options.copyId);
    const passed = (await records.list(connection, STEP)).get('passed');
    if (passed !== undefined) return checkSame(JSON.parse(passed) as MaskingReport, options);
    const session = await beginMasking(connection, connect, server, records, options);
    const tables = await maskTables(session, server, options);
    await server.restore(session);
    await runOwnSql(session, server, options);
    await server.finish(session);
    const residual = await findAllResidual(session, options);
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    const report = {
      policyDigest: session.digest,
      seconds,
      tables,
      residual,
      left: listLeft(options, session.schema),
    };
    await records.add(connection, STEP, 'passed', JSON.stringify(report));
    return report;
  } finally {
    await connection.close();
  }
}

function checkSame(report: MaskingReport, options: MaskDatabaseOptions): MaskingReport {
  if (report.policyDigest === getDigest(options)) return report;
  throw makeOtherPolicyError();
}

/** Of a masking that has passed; undefined where none has. */
export async function findMaskingReport(
  connection: SqlConnection,
  family: SqlFamily,
  copyId: string,
): Promise<MaskingReport | undefined> {
  const records = await openRecords(connection, family, copyId);
  const passed = (await records.list(connection, STEP)).get('passed');
  return passed === undefined ? undefined : (JSON.parse(passed) as MaskingReport);
}

async function openConnection(options: MaskDatabaseOptions, server: MaskingServer): Promise<SqlConnection> {
  options.signal?.throwIfAborted();
  const connection = await options.connect();
  for (const setting of server.settings) await connection.query(setting);
  return connection;
}

async function maskTables(
  session: MaskingSession,
  server: MaskingServer,
  { progress, parallel = 4, signal }: MaskDatabaseOptions,
): Promise<readonly TableReport[]> {
  const done = await session.records.list(session.connection, STEP);
  const plans = session.plans.filter(({ action }) => action !== 'keep');
  return await runParallel(plans, parallel, session.connect, async (connection, plan) => {
    signal?.throwIfAborted();
    const item = `table:${plan.table.schema}.${plan.table.name}`;
    const known = done.get(item);
    if (known !== undefined) return JSON.parse(known) as TableReport;
    const phase = `mask ${plan.table.schema}.${plan.table.name}`;
    progress({ type: 'phase', phase, state: 'started', detail: `about ${plan.table.estimatedRows} rows` });
    const report = await server.maskTable(session, connection, plan, async (on, made) => {
      await session.records.add(on, STEP, item, JSON.stringify(made));
    });
    progress({ type: 'phase', phase, state: 'done', detail: `${report.rows} rows` });
    return report;
  });
}

async function runOwnSql(
  session: MaskingSession,
  server: MaskingServer,
  options: MaskDatabaseOptions,
): Promise<void> {
  if (options.sql === undefined) return;
  const { connection, records } = session;
  await runSqlFilesOnce(connection, options.sql, {
    progress: options.progress,
    signal: options.signal,
    records,
    step: 'masking_sql',
  });
  for (const setting of server.settings) await connection.query(setting); // the files may have set others
  await server.removeOldRows(session);
}

async function findAllResidual(
  session: MaskingSession,
  options: MaskDatabaseOptions,
): Promise<readonly ResidualFinding[]> {
  const { family, parallel = 4, progress } = options;
  progress({ type: 'phase', phase: 'residual check', state: 'started' });
  const found = await runParallel(session.plans, parallel, session.connect, (connection, plan) =>
    findResidual(connection, family, plan),
  );
  progress({
    type: 'phase',
    phase: 'residual check',
    state: 'done',
    detail: `${found.flat().length} findings`,
  });
  return found.flat();
}

function listLeft({ policy }: MaskDatabaseOptions, schema: DatabaseSchema): readonly string[] {
  const kept = schema.otherDatabases.filter((name) => policy?.otherDatabases[name] === 'keep');
  const foreign = policy === undefined ? [] : schema.tables.filter(({ kind }) => kind === 'foreign');
  return [
    ...kept.map((name) => `database ${name}`),
    ...foreign.map((table) => `foreign table ${table.schema}.${table.name}`),
    ...(policy?.largeObjects === 'keep' && schema.largeObjects > 0
      ? [`${schema.largeObjects} large objects`]
      : []),
  ];
}
