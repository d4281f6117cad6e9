// A fresh cluster whose server nobody outside reaches, for as long as data is loaded into it.
import { runProgram } from '../../run.ts';
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import type { AdminLogin, Engine } from '../engine/engine.ts';
import { openPlace } from '../places.ts';
import { type Context, getVolumeId } from '../reconcile/context.ts';
import { makeFreshVolume } from '../reconcile/fresh-volumes.ts';
import type { ClusterRecord } from '../records.ts';

export interface LoadingServer {
  readonly login: AdminLogin;
  connect(database: string): Promise<SqlConnection>;
  /** Runs `work` with a connection of the superuser. */
  withSql<T>(database: string, work: (sql: SqlConnection) => Promise<T>): Promise<T>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** The volume has a master user without a password, and is stopped when it resolves. */
export async function fillFreshVolume<T>(
  context: Context,
  cluster: ClusterRecord,
  engine: Engine,
  work: (server: LoadingServer) => Promise<T>,
): Promise<T> {
  await makeFreshVolume(context, { ...cluster, databaseName: undefined, pendingVerifier: undefined });
  return await whileLoading(context, cluster, engine, work);
}

/** Does not wait for the disk before the end: what is half loaded is thrown away anyway. */
export async function whileLoading<T>(
  context: Context,
  cluster: ClusterRecord,
  engine: Engine,
  work: (server: LoadingServer) => Promise<T>,
): Promise<T> {
  const place = {
    ...(await openPlace(context, cluster)),
    ...{ isListening: false, isDurable: false, isLoading: true },
  };
  const server = await engine.start(place);
  try {
    return await work(openLoading(engine, engine.getAdminLogin(place)));
  } finally {
    await server.stop();
    await runProgram('sync', [], { env: { PATH: '/usr/bin:/bin' } });
    await context.driver.closeVolume(getVolumeId(cluster));
  }
}

function openLoading({ family }: Engine, login: AdminLogin): LoadingServer {
  const connect = async (database: string) => {
    const options: ConnectOptions = {
      ...login,
      ...{ family: family === 'aurora-mysql' ? 'mysql' : 'postgres', password: '', database, tls: 'off' },
      timeoutMs: CONNECT_TIMEOUT_MS,
    };
    return await connectDatabase(options);
  };
  return {
    login,
    connect,
    async withSql(database, work) {
      const sql = await connect(database);
      try {
        return await work(sql);
      } finally {
        await sql.close();
      }
    },
  };
}
