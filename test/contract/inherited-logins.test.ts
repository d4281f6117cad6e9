import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  checkNobodyElse,
  holdLogins,
  releaseLogins,
  rotateLogins,
} from '../../src/converge/gate/inherited-logins.ts';
import { openRecords } from '../../src/converge/records.ts';
import { runAfterSteps } from '../../src/converge/schema/after-steps.ts';
import { connectDatabase, type SqlConnection, type SqlFamily } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const CREATE: Readonly<Record<SqlFamily, string>> = {
  postgres: `DROP ROLE IF EXISTS clerk, rdsproxy; DROP SCHEMA IF EXISTS db_artifact CASCADE;
    CREATE ROLE clerk LOGIN PASSWORD 'clerk-secret'; CREATE ROLE rdsproxy LOGIN PASSWORD 'clerk-secret'`,
  mysql: `DROP USER IF EXISTS clerk@'%', rdsproxy@'%'; DROP SCHEMA IF EXISTS db_artifact;
    CREATE USER clerk@'%' IDENTIFIED BY 'clerk-secret'; CREATE USER rdsproxy@'%' IDENTIFIED BY 'clerk-secret'`,
};

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet(family, findServerProblem(family))(`what a copy inherits, ${family}`, () => {
    let server: SqlServer;
    let connection: SqlConnection;
    beforeAll(async () => {
      server = await startSqlServer(family);
      connection = await connectWhenReady(server.options);
    });
    beforeEach(async () => {
      await connection.query(CREATE[family]);
    });
    afterAll(async () => {
      await connection?.close();
      await server?.stop();
    });
    const openLogin = async (user: string): Promise<SqlConnection> => {
      const database = family === 'mysql' ? '' : 'shop';
      return await connectDatabase({ ...server.options, user, password: 'clerk-secret', database });
    };
    const login = async (user: string): Promise<void> => {
      await (await openLogin(user)).close();
    };
    /** One login after another, until the session is ended. */
    const makeLogins = (intruder: SqlConnection) => {
      const made: string[] = [];
      let begin = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const ended = (async () => {
        for (let number = 0; ; number++) {
          const name = `spy${number}`;
          const options =
            family === 'postgres' ? "LOGIN PASSWORD 'clerk-secret'" : "IDENTIFIED BY 'clerk-secret'";
          const what = family === 'postgres' ? `ROLE ${name}` : `USER ${name}@'%'`;
          await intruder.query(`CREATE ${what} ${options}`);
          made.push(name);
          begin();
        }
      })().catch(() => made);
      return { begun, ended };
    };

    it('holds inherited logins, gives them back or rotates them, and spares those of RDS', async () => {
      const records = await openRecords(connection, family, 'cluster-1');
      const place = { connection, family, records, masterUser: 'dba' };
      await login('clerk');
      await holdLogins(place);
      await expect(login('clerk')).rejects.toThrow();
      await holdLogins(place); // a second run remembers who was usable
      await login('rdsproxy');
      await releaseLogins(place);
      await login('clerk');
      await rotateLogins(place);
      await expect(login('clerk')).rejects.toThrow();
    });

    it('ends who is inside, and locks what they made until the last moment', async () => {
      const grant =
        family === 'postgres' ? 'ALTER ROLE clerk CREATEROLE' : "GRANT CREATE USER ON *.* TO clerk@'%'";
      await connection.query(grant);
      const intruder = await openLogin('clerk');
      const making = makeLogins(intruder);
      await making.begun;
      const place = {
        connection,
        family,
        records: await openRecords(connection, family, 'c1'),
        masterUser: 'dba',
      };
      const met = await holdLogins(place);
      expect(met.map(({ user }) => user)).toEqual(['clerk']);
      await expect(intruder.query('SELECT 1')).rejects.toThrow();
      const made = await making.ended;
      expect(made.length).toBeGreaterThan(0);
      for (const user of ['clerk', ...made]) await expect(login(user)).rejects.toThrow();
      await checkNobodyElse(place);
      await releaseLogins(place);
      const back = await openLogin('clerk');
      await expect(checkNobodyElse(place)).rejects.toMatchObject({ code: 'REFUSED' });
      await back.close();
    });

    it('runs after steps once, goes on after a failure, and names file, line and statement', async () => {
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

    it('takes a statement that a killed run did not record for done, where it cannot be recorded with it', async () => {
      const records = await openRecords(connection, family, 'cluster-1');
      const create = family === 'postgres' ? 'CREATE ROLE late' : "CREATE USER late@'%'";
      const statements = [{ text: create, line: 1, kind: 'plain' as const }];
      const options = {
        family,
        copyId: 'cluster-1',
        sql: { files: [{ path: 'late.sql', statements }] },
        progress: () => {},
      };
      expect(records.isAtomicWithDdl).toBe(family === 'postgres');
      if (!records.isAtomicWithDdl) {
        await records.add(connection, 'after', 'begun late.sql:1:0', '');
        await connection.query(create);
      }
      await runAfterSteps(connection, options);
      await connection.query('DELETE FROM db_artifact.done');
      await expect(runAfterSteps(connection, options)).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    });
  });
}
