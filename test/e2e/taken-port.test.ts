import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

describe('a cluster whose port another program has taken', () => {
  const folder = makeFolder();
  let local: LocalRds;

  beforeAll(async () => {
    local = await startLocalRds(folder);
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  it('goes to a free port, and Describe says so', async () => {
    const source = await local.makeSource('source');
    await local.stopCluster('source');
    const intruder = createServer();
    await new Promise<void>((resolve) => intruder.listen(source.port, '127.0.0.1', resolve));
    try {
      await local.startCluster('source');
      const { Port: port = 0 } = await local.getCluster('source');
      expect(port).not.toBe(source.port);
      const client = new pg.Client({ ...source, port });
      await client.connect();
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.end();
    } finally {
      intruder.close();
    }
  });
});
