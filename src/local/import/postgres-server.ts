// Plans the import of a PostgreSQL server: file by file where that can be done, else by pg_dump.
import { FactoryError } from '../../errors.ts';
import { connectDatabase } from '../../sql/connect.ts';
import { getPostgresClients, type PostgresClients } from './client-programs.ts';
import { findObstacles } from './physical-obstacles.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { checkExtensions } from './postgres-extensions.ts';
import { type PostgresFacts, readPostgresFacts } from './postgres-facts.ts';
import { fillLogically } from './postgres-logical.ts';
import { fillPhysically, findReplicationObstacle } from './postgres-physical.ts';
import { readRoles } from './postgres-roles.ts';
import { selectTables } from './postgres-selection.ts';
import { makeConnectOptions, parseSourceUrl } from './source-url.ts';
import { checkRoom, formatPasswordFile, makeLibpqEnv } from './staging.ts';

const OLDEST_MAJOR_VERSION = 10;

export async function planPostgresServer(ground: Ground, url: string): Promise<ImportPlan> {
  const { job, settings, staging } = ground;
  const { request } = job;
  const source = parseSourceUrl(url);
  const passwordFile = await staging.writeSecret('source.pgpass', formatPasswordFile(request.password));
  const ownEnv = makeLibpqEnv(source, settings.env);
  const env = { ...ownEnv, PGPASSFILE: passwordFile };
  const options = makeConnectOptions(source, request.password);
  const sql = await job.during('source', async () => await connectDatabase(options));
  try {
    return await job.during('check versions and extensions', async (report) => {
      const facts = await readPostgresFacts(sql);
      checkVersion(facts);
      const engine = pickEngine(ground, facts.version);
      await checkExtensions(engine, facts.extensions, request.skippedExtensions);
      const clients = await findClients(ground, facts);
      const obstacles = [...(await findObstacles(facts, engine, request))];
      if (obstacles.length === 0) obstacles.push(...listOf(await findReplicationObstacle(clients, env)));
      const isPhysical = pickMethod(request.method, obstacles);
      const notes =
        isPhysical || request.method === 'logical'
          ? []
          : [`not copied file by file: ${obstacles.join('; ')}`];
      const how = `PostgreSQL ${facts.version} into ${engine.version}, ${isPhysical ? 'physically' : 'logically'}`;
      report([how, ...notes].join('; '));
      const common = { job, source, clients, engine, notes, isMasterSuperuser: settings.isMasterSuperuser };
      const plan = {
        engine,
        databaseName: source.database,
        [Symbol.asyncDispose]: async () => await sql.close(),
      };
      if (isPhysical) {
        return {
          ...plan,
          fill: async (context, cluster) =>
            await fillPhysically({ ...common, env: ownEnv }, context, cluster),
        };
      }
      const [selection, roles] = [await selectTables(sql, request), await readRoles(sql)];
      if (!request.isSchemaOnly) await checkRoom(staging, facts.sizeBytes);
      return {
        ...plan,
        fill: async (context, cluster) =>
          await fillLogically(
            { ...common, options, env, selection, roles, facts, staging },
            context,
            cluster,
          ),
      };
    });
  } catch (error) {
    await sql.close();
    throw error;
  }
}

function pickMethod(asked: string, obstacles: readonly string[]): boolean {
  if (asked === 'logical') return false;
  if (asked === 'auto' || obstacles.length === 0) return obstacles.length === 0;
  throw new FactoryError('NOT_SUPPORTED', 'the source cannot be copied file by file', {
    problems: obstacles,
    hint: 'Leave --method out, or take --method logical.',
  });
}

async function findClients(
  { engines, settings }: Ground,
  { majorVersion }: PostgresFacts,
): Promise<PostgresClients> {
  const folders = engines.filter(({ family }) => family === 'aurora-postgresql').map(({ folder }) => folder);
  const needed = ['pg_dump', 'pg_restore', 'psql', 'pg_basebackup'];
  return await getPostgresClients(majorVersion, needed, folders, settings.env);
}

function checkVersion({ version, majorVersion }: PostgresFacts): void {
  if (majorVersion >= OLDEST_MAJOR_VERSION) return;
  throw new FactoryError(
    'NOT_SUPPORTED',
    `the source has PostgreSQL ${version}; ${OLDEST_MAJOR_VERSION} is the oldest that works`,
  );
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
