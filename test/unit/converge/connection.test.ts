import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { type Connection, formatClientCommand, formatConnection } from '../../../src/converge/connection.ts';

const CONNECTION: Connection = {
  engine: 'aurora-postgresql',
  host: 'copy.example',
  port: 5433,
  user: 'dba',
  password: "p:w\\d'%$`x",
  database: 'shop',
  tls: 'verify',
};

/** What RDS takes for a password. */
const password = fc.stringMatching(/^[!#-&(-.0-?A-~]{8,41}$/);

describe('forms of a connection', () => {
  test('a URI means to a driver what the connection says, whatever the password', () => {
    fc.assert(
      fc.property(password, (secret) => {
        const uri = formatConnection({ ...CONNECTION, password: secret }, 'uri');
        const client = new pg.Client({ connectionString: uri });
        expect(client).toMatchObject({ host: 'copy.example', port: 5433, user: 'dba', database: 'shop' });
        expect(client.password).toBe(secret);
      }),
    );
  });

  test('env quotes for a shell what a shell would read', () => {
    const lines = formatConnection(CONNECTION, 'env').split('\n');
    expect(lines).toContain('PGHOST=copy.example');
    expect(lines).toContain("PGPASSWORD='p:w\\d'\\''%$`x'");
    expect(lines).toContain('PGSSLMODE=verify-full');
  });

  test('libpq, pgpass and jdbc quote what they must', () => {
    expect(formatConnection(CONNECTION, 'libpq')).toContain("password='p:w\\\\d\\'%$`x'");
    expect(formatConnection(CONNECTION, 'pgpass')).toBe("copy.example:5433:shop:dba:p\\:w\\\\d'%$`x");
    const jdbc = formatConnection(CONNECTION, 'jdbc');
    expect(jdbc).toMatch(/^jdbc:postgresql:\/\/copy\.example:5433\/shop\?/);
    expect(new URLSearchParams(jdbc.split('?')[1]).get('password')).toBe(CONNECTION.password);
  });

  test('MySQL has its own words', () => {
    const mysql = { ...CONNECTION, engine: 'aurora-mysql', port: 3306 } as const;
    expect(formatConnection(mysql, 'uri')).toMatch(
      /^mysql:\/\/dba:.*@copy\.example:3306\/shop\?ssl-mode=VERIFY_IDENTITY$/,
    );
    expect(formatConnection(mysql, 'env')).toContain('MYSQL_HOST=copy.example');
    const near = formatConnection({ ...mysql, tls: 'prefer' }, 'uri'); // what clients do when nothing is said
    expect(near).toMatch(/@copy\.example:3306\/shop$/);
    expect(formatClientCommand({ ...mysql, tls: 'prefer' })).toBe(
      'mysql --host copy.example --port 3306 --user dba --password shop',
    );
    expect(JSON.parse(formatConnection(mysql, 'mysql2'))).toMatchObject({ ssl: { verifyIdentity: true } });
  });

  test('without a password there is none in any form', () => {
    const { password: _, ...bare } = CONNECTION;
    for (const format of ['uri', 'jdbc', 'libpq', 'env', 'node-postgres', 'mysql2'] as const) {
      expect(formatConnection(bare, format)).not.toMatch(/password|PGPASSWORD|undefined/);
    }
  });
});
