import { afterEach, expect, it } from 'vitest';
import { runAfterSteps } from '../../src/converge/after-steps.ts';
import { holdLogins, releaseLogins, rotateLogins } from '../../src/converge/inherited-logins.ts';
import { openRecords } from '../../src/converge/records.ts';
import { connectDatabase, type SqlConnection, type SqlFamily } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const CREATE: Readonly<Record<SqlFamily, string>> = {
  postgres: `CREATE ROLE clerk LOGIN PASSWORD 'clerk-secret'; CREATE ROLE rdsproxy LOGIN PASSWORD 'clerk-secret'`,
  mysql: `CREATE USER clerk@'%' IDENTIFIED BY 'clerk-secret'; CREATE USER rdsproxy@'%' IDENTIFIED BY 'clerk-secret'`,
};

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet(family, findServerProblem(family))(`what a copy inherits, ${family}`, () => {
    const open: { server?: SqlServer; connection?: SqlConnection } = {};
    afterEach(async () => {
      await open.connection?.close();
      await open.server?.stop();
    });
    const start = async (): Promise<SqlConnection> => {
      open.server = await startSqlServer(family);
      open.connection = await connectWhenReady(open.server.options);
      await open.connection.query(CREATE[family]);
      return open.connection;
    };
    const login = async (user: string): Promise<void> => {
      const options = (open.server as SqlServer).options;
      const connection = await connectDatabase({
        ...options,
        user,
        password: 'clerk-secret',
        database: family === 'mysql' ? '' : 'shop',
      });
      await connection.close();
    };

    it('holds inherited logins, gives them back or rotates them, and spares those of RDS', async () => {
      const connection = await start();
      const records = await openRecords(connection, family, 'cluster-1');
      const place = { connection, family, records };
      await login('clerk');
      await holdLogins(place, 'dba');
      await expect(login('clerk')).rejects.toThrow();
      await holdLogins(place, 'dba'); // a second run remembers who was usable
      await login('rdsproxy');
      await releaseLogins(place);
      await login('clerk');
      await rotateLogins(place);
      await expect(login('clerk')).rejects.toThrow();
    });

    it('runs after steps once, goes on after a failure, and names file, line and statement', async () => {
      const connection = await start();
      await connection.query('CREATE TABLE counted (n int)');
      const statement = (text: string, line: number) => ({ text, line, kind: 'plain' as const });
      const run = async (...statements: ReturnType<typeof statement>[]): Promise<void> =>
        await runAfterSteps(connection, {
          family,
          copyId: 'cluster-1',
          sql: { files: [{ path: 'after.sql', statements }] },
          progress: () => {},
        });
      const add = statement('INSERT INTO counted VALUES (1)', 1);
      await expect(run(add, statement('INSERT INTO nowhere VALUES (1)', 2))).rejects.toMatchObject({
        message: expect.stringMatching(/^after\.sql:2: .*nowhere/),
        hint: 'The statement was: INSERT INTO nowhere VALUES (1)',
      });
      await run(add, add);
      await run(add, add);
      expect(
        (await connection.query('SELECT count(*) AS n FROM counted')).rows.map((row) => Number(row['n'])),
      ).toEqual([2]);
    });
  });
}
