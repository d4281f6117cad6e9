import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectOptions, connectDatabase } from '../../src/sql/connect.ts';
import type { SqlConnection } from '../../src/sql/connection.ts';
import { isLoginRefused } from '../../src/sql/errors.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, PASSWORD, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const FAMILIES = {
  postgres: { placeholder: '$1', isEncrypted: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()' },
  mysql: { placeholder: '?', isEncrypted: "SHOW STATUS LIKE 'Ssl_cipher'" },
} as const;

for (const family of ['postgres', 'mysql'] as const) {
  const need = family === 'mysql' ? 'mariadb' : 'postgres';
  const { placeholder, isEncrypted } = FAMILIES[family];

  describeIfMet(need, findServerProblem(family))(`a ${family} connection`, () => {
    let server: SqlServer;
    const open: SqlConnection[] = [];

    beforeAll(async () => {
      server = await startSqlServer(family);
    });

    afterAll(async () => {
      for (const connection of open) await connection.close();
      await server?.stop();
    });

    const connect = async (changes: Partial<ConnectOptions> = {}) => {
      const connection = await connectDatabase({ ...server.options, ...changes });
      open.push(connection);
      return connection;
    };

    const isTls = async (connection: SqlConnection) => {
      const [row] = (await connection.query(isEncrypted)).rows;
      return Boolean(row?.['ssl'] ?? row?.['Value']);
    };

    test('returns rows as objects', async () => {
      const connection = await connect();
      const result = await connection.query("SELECT 1 AS one, 'two' AS two");
      expect(result).toEqual({ rows: [{ one: 1, two: 'two' }], rowCount: 1 });
    });

    test('passes parameters as values, never as text of the statement', async () => {
      const connection = await connect();
      const value = "'; DROP TABLE x; --";
      const cast = family === 'postgres' ? '::text' : '';
      const result = await connection.query(`SELECT ${placeholder}${cast} AS value`, [value]);
      expect(result.rows).toEqual([{ value }]);
    });

    test('runs a script of several statements and returns what the last one did', async () => {
      const connection = await connect();
      const script = 'CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2); UPDATE t SET n = n + 1;';
      expect(await connection.query(script)).toEqual({ rows: [], rowCount: 2 });
      expect((await connection.query('DELETE FROM t; SELECT 7 AS seven')).rows).toEqual([{ seven: 7 }]);
    });

    test('a statement that the server refuses is a DATABASE_FAILED in its own words', async () => {
      const connection = await connect();
      await expect(connection.query('SELECT * FROM no_such_table')).rejects.toMatchObject({
        code: 'DATABASE_FAILED',
        message: expect.stringContaining('no_such_table'),
      });
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    test('a wrong password is told from everything else and shown nowhere', async () => {
      const error = await connect({ password: 'wrong-password' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DATABASE_FAILED' });
      expect(isLoginRefused(error)).toBe(true);
      const missing = await connect({ database: 'no_such_database' }).catch((thrown: unknown) => thrown);
      expect(missing).toMatchObject({ code: 'DATABASE_FAILED' });
      expect(isLoginRefused(missing)).toBe(false);
    });

    test('an error never holds the password, even when the server repeats it', async () => {
      const connection = await connect();
      const quoted = PASSWORD.replace(/['\\]/g, (char) => (char === "'" ? "''" : '\\\\'));
      const error = await connection.query(`SELECT * FROM nothing WHERE '${quoted}' ~!~ 1`).catch(String);
      expect(JSON.stringify(error)).not.toContain(PASSWORD);
    });

    test('no server at all is a NETWORK_FAILED', async () => {
      await expect(connect({ port: 1 })).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
      const silent = connect({ host: '192.0.2.1', timeoutMs: 200 });
      await expect(silent).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
    });

    test('connects over a unix socket, which needs no TLS', async () => {
      const connection = await connect({ host: server.socketDir, tls: 'verify' });
      expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    test('encrypts where it is asked to', async () => {
      expect(await isTls(await connect({ tls: 'off' }))).toBe(false);
      expect(await isTls(await connect({ tls: 'require' }))).toBe(true);
      expect(await isTls(await connect({ tls: 'prefer' }))).toBe(true);
    });

    test('verifies the certificate and the name, with a root of one’s own', async () => {
      await expect(connect({ host: 'localhost', tls: 'verify' })).rejects.toMatchObject({
        code: 'NETWORK_FAILED',
      });
      const env = { PGSSLROOTCERT: server.certificate };
      expect(await isTls(await connect({ host: 'localhost', tls: 'verify', env }))).toBe(true);
      if (family === 'mysql') return; // mysql2 takes every address for `localhost`; RDS has names only
      await expect(connect({ host: '127.0.0.1', tls: 'verify', env })).rejects.toMatchObject({
        code: 'NETWORK_FAILED',
      });
    });

    test('can be closed twice, and after it no statement runs', async () => {
      const connection = await connect();
      await connection.close();
      await connection.close();
      await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code: 'NETWORK_FAILED' });
    });

    test('survives a server that is gone: the next statement says so', async () => {
      const connection = await connect();
      await server.stop();
      await expect(connection.query('SELECT 1')).rejects.toMatchObject({ name: 'FactoryError' });
      await connection.close();
    });
  });
}
