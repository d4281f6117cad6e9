import { describe, expect, test } from 'vitest';
import { hashMariadbPassword } from '../../../../src/local/engine/mariadb-password.ts';
import {
  formatInitFile,
  listMasterStatements,
  listMasterUserStatements,
  listSystemStatements,
} from '../../../../src/local/engine/mariadb-users.ts';

const MASTER = { username: 'admin', verifier: '*AB', isSuperuser: false, databaseName: 'shop' };

test('a password becomes the hash that MariaDB itself makes of it', async () => {
  // SELECT PASSWORD('secret')
  expect(await hashMariadbPassword('secret')).toBe('*14E65567ABDB5135D0CFD9A70B3032C179A49EE7');
});

describe('the master user', () => {
  test('has no right that reaches files or settings, unless it is to be a superuser', () => {
    const granted = listMasterUserStatements(MASTER).join('\n');
    expect(granted).not.toMatch(/\b(SUPER|FILE|SHUTDOWN|ALL PRIVILEGES)\b/);
    expect(listMasterUserStatements({ ...MASTER, isSuperuser: true }).join()).toContain('ALL PRIVILEGES');
  });

  test('without a password gets a hash that no password has', () => {
    expect(listMasterUserStatements({ ...MASTER, verifier: undefined })[0]).toMatch(/USING 'invalid'$/);
  });

  test('gets its database, where one is wanted', () => {
    expect(listMasterStatements(MASTER).at(-1)).toBe('CREATE DATABASE IF NOT EXISTS `shop`');
    expect(listMasterStatements({ ...MASTER, databaseName: undefined }).join()).not.toContain('DATABASE IF');
  });

  test('cannot break out of its statement', () => {
    const [statement] = listMasterUserStatements({ ...MASTER, username: "a'@'%' -- \\" });
    expect(statement).toContain("'a''@''%'' -- \\\\'@'%'");
  });
});

test('the accounts of an installation go, but for that of this program', () => {
  const statements = listSystemStatements('me', ['root', 'me']);
  expect(statements.filter((statement) => statement.startsWith('DROP USER'))).toEqual([
    "DROP USER 'root'@'localhost'",
  ]);
});

test('every line of the init file is one statement', () => {
  for (const line of formatInitFile("o'neil").trim().split('\n')) expect(line).toMatch(/;$/);
});
