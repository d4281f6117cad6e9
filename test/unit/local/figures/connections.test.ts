import { expect, test } from 'vitest';
import { countByPort, findLastUses } from '../../../../src/local/figures/connections.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:3C8C 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 1 1 0 100 0 0 10 0
   1: 0100007F:3C8C 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000   106        0 2 1 0 20 4 30 10 -1
   2: 0100007F:D2F0 0100007F:3C8C 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0100007F:3C8C 0100007F:D2F1 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   4: 0A00007F:3C8C 0100007F:D2F2 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
`;

test('clients are counted at the server end of their connections, while these are open', () => {
  const counts = countByPort(TABLE);
  expect(counts.get(0x3c8c)).toBe(1);
  expect(counts.get(1)).toBeUndefined();
});

test('use is now while a connection is open, and when it ended for one that is over', () => {
  const ended = `head
   0: 0100007F:D2F1 0100007F:0001 06 00000000:00000000 03:00000FA0 00000000     0        0 0 3 0
   1: 00000000:0002 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
`;
  const uses = findLastUses(ended);
  expect(uses.get(1)).toBe(20_000); // 40 of 60 seconds are left
  expect(uses.has(2)).toBe(false);
  expect(findLastUses(TABLE).get(0x3c8c)).toBe(0);
});
