import { describe, expect, it } from 'vitest';
import { hasCard } from '../../../../src/converge/masking/residual.ts';
import { formatJdbcUrl } from '../../../../src/converge/schema/jdbc.ts';
import { parseFailure } from '../../../../src/converge/schema/liquibase-errors.ts';

describe('what Liquibase says when it fails', () => {
  it('gives file, change set, reason and SQL of a failed migration', () => {
    const output = `Unexpected error running Liquibase: Migration failed for changeset db/f.yaml::2::ann:
     Reason: liquibase.exception.DatabaseException: ERROR: relation "t" already exists [Failed SQL: (0) CREATE TABLE t (a INT)]

For more information, please use the --log-level flag`;
    expect(parseFailure(output)).toEqual({
      file: 'db/f.yaml',
      changeSet: '2::ann',
      reason: 'ERROR: relation "t" already exists',
      sql: 'CREATE TABLE t (a INT)',
    });
  });

  it('gives the line of XML, and knows a cycle', () => {
    expect(
      parseFailure('Unexpected error running Liquibase: Error parsing line 4 column 33 of db/x.xml: cvc'),
    ).toMatchObject({
      file: 'db/x.xml',
      line: 4,
    });
    expect(parseFailure('java.lang.StackOverflowError')).toEqual({ reason: 'the changelog includes itself' });
  });
});

describe('a JDBC address', () => {
  it('says how it is encrypted, and quotes names and IPv6', () => {
    const base = { port: 5432, user: 'u', password: 'p', timeoutMs: 1, tls: 'verify' } as const;
    expect(formatJdbcUrl({ ...base, family: 'postgres', host: '::1', database: 'a b' }, '/tmp/r.pem')).toBe(
      'jdbc:postgresql://[::1]:5432/a%20b?sslmode=verify-full&sslrootcert=/tmp/r.pem',
    );
    expect(formatJdbcUrl({ ...base, family: 'mysql', host: 'h', database: 'd', tls: 'require' })).toBe(
      'jdbc:mariadb://h:5432/d?sslMode=trust',
    );
    expect(() => formatJdbcUrl({ ...base, family: 'mysql', host: '/run', database: 'd' })).toThrow(
      'unix socket',
    );
  });
});

describe('the residual check', () => {
  it('takes for a card only what has the check digit of one', () => {
    expect(hasCard('paid with 4111 1111 1111 1111 on Monday')).toBe(true);
    expect(hasCard('order 4111 1111 1111 1112')).toBe(false);
    expect(hasCard('99994111111111111111999')).toBe(false);
  });
});
