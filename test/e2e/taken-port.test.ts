import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const INI = `[source_db]
source_db_cluster_id = source
[target_db]
subnet_ids = source
instance_type = source
`;

describe('a cluster whose port another program has taken', () => {
  const folder = makeFolder();
  let local: LocalRds;
  let source: pg.ClientConfig;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('source');
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  it('goes to a free port, and Describe says so', async () => {
    await local.stopCluster('source');
    const port = await whileTaken(Number(source.port), async () => {
      await local.startCluster('source');
      return Number((await local.getCluster('source')).Port);
    });
    expect(port).not.toBe(source.port);
    expect(await query({ ...source, port }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets in at the new port whom its security group lets in to the port of before', async () => {
    const ini = join(folder, 'copy.ini');
    writeFileSync(ini, INI);
    await local.run('build', ini);
    await local.run('converge', '--name', 'copy');
    const url = new URL((await local.run('url', 'copy')).trim());
    await local.run('stop', 'copy');
    await whileTaken(Number(url.port), async () => await local.run('start', 'copy'));
    const moved = (await local.run('url', 'copy')).trim();
    expect(new URL(moved).port).not.toBe(url.port);
    expect(await query({ connectionString: moved }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

async function whileTaken<T>(port: number, work: () => Promise<T>): Promise<T> {
  const intruder = createServer();
  await new Promise<void>((resolve) => intruder.listen(port, '127.0.0.1', resolve));
  try {
    return await work();
  } finally {
    intruder.close();
  }
}

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
