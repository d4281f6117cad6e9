import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { fillAccounts, startLoad } from '../support/load.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const GIGABYTES = 0.02;
const ACCOUNTS = 132_000;

describe('clones of a source that is written to all the time', () => {
  const folder = makeFolder();
  let local: LocalRds;
  let source: pg.ClientConfig;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('source');
    await fillAccounts(source, GIGABYTES);
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  it('are consistent and apart, twenty one after another', async () => {
    const load = await startLoad(source, 400, ACCOUNTS);
    for (let turn = 0; turn < 20; turn++) {
      const clone = await local.cloneCluster('source', `one-${turn}`, source);
      await checkBalances(clone);
      await checkApart(clone, source);
      await local.deleteCluster(`one-${turn}`);
    }
    expect(await load.stop()).toBeGreaterThan(50);
    await checkBalances(source);
  });

  it('are consistent and apart, twenty at once', async () => {
    const load = await startLoad(source, 200, ACCOUNTS);
    const names = Array.from({ length: 20 }, (_, turn) => `many-${turn}`);
    const clones = await Promise.all(names.map((name) => local.cloneCluster('source', name, source)));
    expect(new Set(clones.map(({ port }) => port)).size).toBe(20);
    for (const clone of clones) {
      await checkBalances(clone);
      await checkApart(clone, source);
    }
    await load.stop();
    await Promise.all(names.map((name) => local.deleteCluster(name)));
  });

  it('leave nothing behind', async () => {
    await local.run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });
});

async function checkBalances(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  const { rows } = await client.query(`
    SELECT (SELECT sum(abalance) FROM accounts) AS accounts, (SELECT sum(tbalance) FROM tellers) AS tellers,
           (SELECT sum(bbalance) FROM branches) AS branches, (SELECT coalesce(sum(delta), 0) FROM history) AS history`);
  await client.end();
  const { accounts, tellers, branches, history } = rows[0];
  expect({ tellers, branches, history }).toEqual({
    tellers: accounts,
    branches: accounts,
    history: accounts,
  });
}

/** What is written into the clone is not in the source. */
async function checkApart(clone: pg.ClientConfig, source: pg.ClientConfig): Promise<void> {
  const inClone = new pg.Client(clone);
  await inClone.connect();
  await inClone.query('CREATE TABLE only_in_the_clone (id int)');
  await inClone.end();
  const inSource = new pg.Client(source);
  await inSource.connect();
  const { rows } = await inSource.query("SELECT to_regclass('only_in_the_clone') AS found");
  await inSource.end();
  expect(rows[0].found).toBeNull();
}
