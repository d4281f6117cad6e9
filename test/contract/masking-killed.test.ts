import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMaskingPolicy } from '../../src/artifact/read-masking-policy.ts';
import { maskDatabase } from '../../src/converge/masking/mask-database.ts';
import type { Progress } from '../../src/progress.ts';
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { POSTGRES_POLICY, POSTGRES_SHOP, readAll } from '../support/shop.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const FAKES = 'SELECT id, email, full_name, phone, settings::text FROM customers ORDER BY id';
const STATE = `SELECT (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND convalidated AND conparentid = 0) AS keys,
  (SELECT count(*)::int FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O') AS triggers,
  (SELECT count(*)::int FROM pg_indexes WHERE schemaname = 'public') AS indexes,
  (SELECT count(*)::int FROM pg_namespace WHERE nspname = 'db_artifact_masking') AS scratch,
  (SELECT count(*)::int FROM sessions) AS sessions`;

describeIfMet('postgres', findServerProblem('postgres'))('masking that was killed', () => {
  let server: SqlServer;
  let admin: SqlConnection;

  const open = async (database: string): Promise<SqlConnection> =>
    await connectDatabase({ ...server.options, database });
  const mask = async (database: string, progress: Progress) =>
    await maskDatabase({
      connect: async (other = database) => await open(other),
      family: 'postgres',
      copyId: 'cluster-1',
      policy: parseMaskingPolicy(
        `${POSTGRES_POLICY}other_databases: { shop: keep, whole: keep }\n`,
        'masking.yaml',
      ),
      seed: 'none',
      progress,
    });
  const look = async (database: string): Promise<unknown> => {
    const connection = await open(database);
    const state = [await readAll(connection, STATE), await readAll(connection, FAKES)];
    await connection.close();
    return state;
  };

  beforeAll(async () => {
    server = await startSqlServer('postgres');
    admin = await connectWhenReady({ ...server.options, database: 'postgres' });
    const shop = await open('shop');
    await shop.query(POSTGRES_SHOP(600));
    await shop.close();
    await admin.query('CREATE DATABASE whole TEMPLATE shop');
    await mask('whole', () => {});
  });

  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  });

  it.each([0, 2, 5, 8, 11, 14, 17])(
    'goes on at event %i, and ends as if nothing had happened',
    async (stage) => {
      await admin.query('CREATE DATABASE broken TEMPLATE shop');
      let events = 0;
      const killed = mask('broken', () => {
        // What the server sees of a kill -9: its connections are gone, in the middle of whatever they do.
        if (events++ === stage)
          void admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'broken'`);
      });
      await expect(killed).rejects.toThrow();
      await mask('broken', () => {});
      expect(await look('broken')).toEqual(await look('whole'));
      await admin.query('DROP DATABASE broken WITH (FORCE)');
    },
  );
});
