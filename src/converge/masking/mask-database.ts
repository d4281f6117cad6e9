// Masks a whole database: the flow, for both families. Whatever was done is recorded in the copy, so that a run that
// was killed goes on where it stopped, and a run that has passed is not repeated.
import { createHash } from 'node:crypto';
import type { CompiledSql } from '../../artifact/compiled-sql.ts';
import type { MaskingPolicy } from '../../artifact/masking-policy.ts';
import { FactoryError } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import { type CopyRecords, openRecords } from '../records.ts';
import { runSqlFilesOnce } from '../run-statements.ts';
import { mysqlMasking } from './mysql-masking.ts';
import { runParallel } from './parallel.ts';
import { postgresMasking } from './postgres-masking.ts';
import { readSchema } from './read-schema.ts';
import type { MaskingReport, ResidualFinding, TableReport } from './report.ts';
import { findResidual } from './residual.ts';
import { resolvePolicy, type TablePlan } from './resolve-policy.ts';
import type { DatabaseSchema, ForeignKey } from './schema.ts';
import type { MaskingServer, MaskingSession } from './server.ts';
import { loadWords } from './words.ts';

export interface MaskDatabaseOptions {
  /** A new connection as the master user; `database` only where another than the masked one is meant. */
  readonly connect: (database?: string) => Promise<SqlConnection>;
  readonly family: SqlFamily;
  /** Resource id of the copy's cluster: records of another copy do not count. */
  readonly copyId: string;
  readonly policy?: MaskingPolicy | undefined;
  /** SQL of the publisher's own, which runs when the policy has been applied. */
  readonly sql?: CompiledSql | undefined;
  /** Where the policy names none. */
  readonly seed: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Tables masked at the same time; default 4. */
  readonly parallel?: number | undefined;
}

const STEP = 'masking';

/** Throws REFUSED, with every problem, where the policy does not cover the database; nothing is changed then. */
export async function maskDatabase(options: MaskDatabaseOptions): Promise<MaskingReport> {
  const startedMs = performance.now();
  const server: MaskingServer = options.family === 'postgres' ? postgresMasking : mysqlMasking;
  const connect = async (): Promise<SqlConnection> => await openConnection(options, server);
  const connection = await connect();
  try {
    const records = await openRecords(connection, options.family, options.copyId);
    const passed = (await records.list(connection, STEP)).get('passed');
    if (passed !== undefined) return JSON.parse(passed) as MaskingReport;
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

async function openConnection(options: MaskDatabaseOptions, server: MaskingServer): Promise<SqlConnection> {
  options.signal?.throwIfAborted();
  const connection = await options.connect();
  for (const setting of server.settings) await connection.query(setting);
  return connection;
}

async function beginMasking(
  connection: SqlConnection,
  connect: () => Promise<SqlConnection>,
  server: MaskingServer,
  records: CopyRecords,
  options: MaskDatabaseOptions,
): Promise<MaskingSession> {
  const digest = digestOf(options);
  const done = await records.list(connection, STEP);
  const begun = parseBegun(done.get('begun'));
  if (begun !== undefined && begun.digest !== digest) {
    throw new FactoryError('CONFLICT', 'masking of this copy was begun with another policy', {
      hint: 'Destroy the copy and converge again.',
    });
  }
  const read = await readSchema(connection, options.family, options.connect);
  const schema = begun === undefined ? read : { ...read, foreignKeys: begun.foreignKeys };
  const plans = checkDatabase(options, schema);
  const seed = createHash('sha256')
    .update(options.policy?.seed ?? options.seed)
    .digest('hex');
  const words = await loadWords(options.policy?.locale ?? 'en');
  const session = {
    connection,
    connect,
    records,
    step: STEP,
    schema,
    plans,
    policy: options.policy,
    seed,
    words,
    digest,
  };
  await server.begin(
    session,
    begun === undefined ? JSON.stringify({ digest, foreignKeys: schema.foreignKeys }) : undefined,
  );
  return session;
}

interface Begun {
  readonly digest: string;
  readonly foreignKeys: readonly ForeignKey[];
}

function parseBegun(text: string | undefined): Begun | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Begun);
}

function digestOf({ policy, sql }: MaskDatabaseOptions): string {
  const text = JSON.stringify([policy ?? null, sql ?? null]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function checkDatabase({ policy }: MaskDatabaseOptions, schema: DatabaseSchema): readonly TablePlan[] {
  if (policy === undefined) return [];
  const { tables, problems } = resolvePolicy(policy, schema);
  if (problems.length === 0) return tables;
  throw new FactoryError('REFUSED', 'the masking policy does not cover the database, so nobody gets it', {
    problems,
    hint: 'The publisher must build the artifact again with a policy that covers the source as it is now.',
  });
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
