import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { runDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const INI =
  '[source_db]\nsource_db_cluster_id = shop\n\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';

describe('the life of a copy', () => {
  const folder = makeFolder();
  let local: LocalRds;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    const source = await local.makeSource('shop');
    await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 100) AS id');
    writeFileSync(join(folder, 'shop.ini'), INI);
    await local.run('build', join(folder, 'shop.ini'));
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  const show = async (name: string) => JSON.parse(await local.run('show', name, '--json')).copy;
  const getUrl = async (name: string) => (await local.run('url', name)).trim();
  const count = async (name: string) =>
    await query({ connectionString: await getUrl(name) }, 'SELECT count(*)::int AS n FROM orders');

  it('says what it survives', async () => {
    await local.run('converge', '--name', 'ann');
    expect((await show('ann')).survives).toBe('crash');
    expect(await local.run('show', 'ann')).toContain('a crash of its server, not a power cut');
  });

  it('stops and starts, each twice in a row, and keeps its rows, its password and its port', async () => {
    await local.run('converge', '--name', 'ann');
    const before = await show('ann');
    const url = await getUrl('ann');
    await query({ connectionString: url }, 'DELETE FROM orders WHERE id > 40');
    expect(await local.run('stop', 'ann')).toBe('ann: stopped\n');
    expect(await local.run('stop', 'ann')).toBe('ann: stopped\n');
    await expect(query({ connectionString: url }, 'SELECT 1')).rejects.toThrow();
    expect(await local.run('start', 'ann')).toBe('ann: available\n');
    expect(await local.run('start', 'ann')).toBe('ann: available\n');
    expect(await query({ connectionString: url }, 'SELECT count(*)::int AS n FROM orders')).toEqual([
      { n: 40 },
    ]);
    expect(await show('ann')).toMatchObject({ port: before.port, expiresAt: before.expiresAt });
  });

  it('resets: the rows of the source again, at the same port, until the same time', async () => {
    const before = await show('ann');
    await local.run('reset', 'ann');
    expect(await count('ann')).toEqual([{ n: 100 }]);
    const after = await show('ann');
    expect(after).toMatchObject({ port: before.port, expiresAt: before.expiresAt, owner: before.owner });
    expect(after.resourceId).not.toBe(before.resourceId);
  });

  it('extends, and is protected for a time', async () => {
    const before = await show('ann');
    await local.run('extend', 'ann', '--ttl', '3d');
    expect(Date.parse((await show('ann')).expiresAt)).toBeGreaterThan(Date.parse(before.expiresAt));
    await local.run('protect', 'ann', '--for', '1h');
    expect((await show('ann')).protectedUntil).toMatch(/^20\d\d-/);
    for (const verb of ['destroy', 'reset']) {
      const { status, stderr } = await runDbArtifact([verb, 'ann'], local.env);
      expect({ verb, status }).toEqual({ verb, status: 6 });
      expect(stderr).toContain('protected until');
    }
    await local.run('unprotect', 'ann');
    expect((await show('ann')).protectedUntil).toBeNull();
  });

  it('is made without waiting, and the same command attaches', async () => {
    await local.run('converge', '--name', 'ben', '--no-wait');
    const { resourceId } = await show('ben');
    await local.run('converge', '--name', 'ben');
    expect(await count('ben')).toEqual([{ n: 100 }]);
    expect((await show('ben')).resourceId).toBe(resourceId);
  });

  it('is destroyed without waiting, and the same command sees to the rest', async () => {
    await local.run('destroy', 'ben', '--no-wait');
    expect([0, 3]).toContain((await runDbArtifact(['destroy', 'ben'], local.env)).status);
    await local.run('destroy', 'ann');
    expect(JSON.parse(await local.run('list', '--json')).items).toEqual([]);
  });
});

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
