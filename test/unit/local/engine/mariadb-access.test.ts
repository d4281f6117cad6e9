import { describe, expect, test } from 'vitest';
import { formatAccessStatement, isRuleForClients } from '../../../../src/local/engine/mariadb-access.ts';

describe('access rules of MariaDB', () => {
  test.each(['127.0.0.1/32', '127.0.0.0/8', '0.0.0.0/0', '127.0.0.1'])('%s lets clients in', (cidr) => {
    expect(isRuleForClients({ cidr })).toBe(true);
  });

  test.each(['10.0.0.0/8', '127.0.0.2/32', '128.0.0.0/1', '::1/128', '::/0', 'nonsense', ''])(
    '%s lets nobody in',
    (cidr) => {
      expect(isRuleForClients({ cidr })).toBe(false);
    },
  );

  test('one rule for clients is enough, and none closes the server', () => {
    expect(formatAccessStatement([{ cidr: '10.0.0.0/8' }, { cidr: '127.0.0.1/32' }])).toMatch(/= OFF$/);
    expect(formatAccessStatement([])).toMatch(/= ON$/);
  });
});
