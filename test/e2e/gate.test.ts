import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type GatedShop, LEAK, makeGatedShop, NEW_PASSWORD, POLICY, ROWS } from '../support/gated-shop.ts';
import { findLeaks } from '../support/leaks.ts';
import { describeIfMet } from '../support/needs.ts';
import { runDbArtifact, type Started } from '../support/program.ts';
import { hasProgram, type LocalRds, startLocalRds } from '../support/running-rds.ts';

describe('the gate of a masked clone', () => {
  const folder = makeFolder();
  const nameImage = (name: string) => `oci:${join(folder, `image-${name}`)}`;
  let local: LocalRds;
  let shop: GatedShop;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    shop = await makeGatedShop(local, folder, 'postgres');
    await shop.build(nameImage('shop'));
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  const converge = (name: string, args: readonly string[] = [], env = local.env) =>
    shop.startConverge(nameImage('shop'), name, args, env);
  const change = async (text: string) =>
    await shop.query(shop.sourceId, text, 'dba', 'password-of-the-source');
  const listIds = async () => (await local.listClusters()).map(({ DBClusterIdentifier: id = '' }) => id);
  const readTag = async (name: string, key: string) =>
    (await local.getCluster(name)).TagList?.find(({ Key }) => Key === `db-artifact:${key}`)?.Value;

  it('reports what was masked, in show and in a file, and that something was found', async () => {
    const ended = await converge('mine').ended;
    expect(ended.status, ended.stderr).toBe(0);
    const shown = JSON.parse(await local.run('show', 'mine', '--json'));
    expect(shown.copy.gate).toBe('open');
    expect(shown.masking.tables).toContainEqual(
      expect.objectContaining({ table: 'public.customers', rows: ROWS }),
    );
    expect(shown.masking.residual).toContainEqual(
      expect.objectContaining({ table: 'public.customers', column: 'notes', shape: 'phone', rows: ROWS }),
    );
    expect(shown.masking.seconds).toBeGreaterThan(0);
    expect(shown.masking.policyDigest).toBe(shown.copy.maskingDigest);
    const path = join(String(local.env['DB_ARTIFACT_DATA_DIR']), 'copies', 'mine.masking.json');
    const { tables, copy } = JSON.parse(readFileSync(path, 'utf8'));
    expect({ tables, copy }).toEqual({ tables: shown.masking.tables, copy: 'mine' });
    expect(await local.run('show', 'mine')).toContain('public.customers.email');
  });

  it('finds the copy again without masking it twice, and forgets its report with it', async () => {
    const again = await converge('mine').ended;
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('mask public');
    await local.run('destroy', 'mine');
    const path = join(String(local.env['DB_ARTIFACT_DATA_DIR']), 'copies', 'mine.masking.json');
    expect(existsSync(path)).toBe(false);
  });

  it('stays shut with --keep-failed, whoever tries again, until the artifact is corrected', async () => {
    await change('ALTER TABLE orders ADD COLUMN added text');
    const prober = shop.probe('kept');
    try {
      for (const args of [['--keep-failed'], []]) {
        const failed = await converge('kept', args).ended;
        expect(failed.status, failed.stderr).toBe(6);
        expect(failed.stderr).toMatch(/public\.orders\.added .*has no class/);
        expect(await readTag('kept', 'gate')).toBe('kept');
      }
      for (const command of ['url', 'env', 'psql']) {
        const refused = await runDbArtifact([command, 'kept'], { ...local.env, DB_PASSWORD: NEW_PASSWORD });
        expect([command, refused.status]).toEqual([command, 6]);
      }
      expect(await local.run('list')).toContain('shut');
      expect(prober.breaks.filter(({ intruder }) => intruder.user !== 'clerk')).toEqual([]);
      shop.write('masking.yaml', POLICY.replace('ship_to:', 'added: null, ship_to:'));
      await shop.build(nameImage('corrected'));
      const corrected = await shop.startConverge(nameImage('corrected'), 'kept').ended;
      expect(corrected.status, corrected.stderr).toBe(0);
    } finally {
      await prober.stop();
    }
    expect(await shop.countLeft('kept')).toBe(0);
    const { copy, masking } = JSON.parse(await local.run('show', 'kept', '--json'));
    expect([copy.gate, masking.policyDigest]).toEqual(['open', copy.maskingDigest]);
    await local.run('destroy', 'kept');
    await change('ALTER TABLE orders DROP COLUMN added');
    shop.write('masking.yaml', POLICY);
  });

  it('removes the copy when masking fails, also one that a killed run has left', async () => {
    shop.write('extra.sql', 'UPDATE orders SET ship_to = 1 / (id - id);\n');
    await shop.build(nameImage('broken'));
    const prober = shop.probe('broken');
    const victim = shop.startConverge(nameImage('broken'), 'broken');
    await killAt(victim, 'started mask public.customers');
    expect((await victim.ended).signal).toBe('SIGKILL');
    const failed = await shop.startConverge(nameImage('broken'), 'broken').ended;
    await prober.stop();
    expect(failed.status, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('extra.sql:1: ');
    expect(prober.breaks.filter(({ intruder }) => intruder.user !== 'clerk')).toEqual([]);
    expect(await listIds()).toEqual([shop.sourceId]);
    shop.write('extra.sql', "UPDATE orders SET ship_to = 'somebody' WHERE id = 1;\n");
  });

  it('stays shut when it is interrupted, and the same command goes on', async () => {
    const victim = converge('stopped');
    await killAt(victim, 'started mask public.customers', 'SIGINT');
    expect((await victim.ended).status).toBe(130);
    expect(await readTag('stopped', 'gate')).toBe('shut');
    await expect(shop.query('stopped', 'SELECT 1')).rejects.toThrow();
    const again = await converge('stopped').ended;
    expect(again.status, again.stderr).toBe(0);
    await local.run('destroy', 'stopped');
  });

  it('is worked behind by one converge at a time: the others wait and find the copy', async () => {
    const elsewhere = { ...local.env, DB_ARTIFACT_DATA_DIR: join(folder, 'another machine') };
    const runs = [local.env, local.env, elsewhere].map((env) => converge('shared', [], env));
    const ended = await Promise.all(runs.map((run) => run.ended));
    for (const { status, stderr } of ended) expect(status, stderr).toBe(0);
    const masked = ended.filter(({ stderr }) => stderr.includes('mask public.customers'));
    expect(masked).toHaveLength(1);
    expect(ended.filter(({ stderr }) => stderr.includes('other run that makes shared'))).not.toEqual([]);
    expect(await shop.countLeft('shared')).toBe(0);
    await local.run('destroy', 'shared');
  });

  it('uses a security group of its own until the named ones may let others in', async () => {
    const named = `security_group_ids = ${local.securityGroupId}`;
    await shop.build(nameImage('groups'), 'inherited_logins = keep', {
      'allowed_cidrs = 127.0.0.0/8': named,
    });
    expect(await local.run('plan', nameImage('groups'), '--name', 'grouped')).toContain(
      'logins work in the clone',
    );
    const prober = shop.probe('grouped');
    const ended = await shop.startConverge(nameImage('groups'), 'grouped').ended;
    await prober.stop();
    expect(ended.status, ended.stderr).toBe(0);
    const { VpcSecurityGroups = [] } = await local.getCluster('grouped');
    expect(VpcSecurityGroups.map((group) => group.VpcSecurityGroupId)).toEqual([local.securityGroupId]);
    expect(await shop.query('grouped', LEAK, 'clerk', 'clerk-secret')).toEqual([{ n: '0' }]);
    expect(prober.breaks.filter(({ intruder, value }) => value !== 0 && intruder.user !== 'clerk')).toEqual(
      [],
    );
    await local.run('destroy', 'grouped');
  });

  it('gives inherited logins passwords that nobody knows', async () => {
    await expectRotated(shop);
  });

  describeIfMet('mariadb', hasProgram('mariadbd') ? undefined : 'no mariadbd')('with MariaDB', () => {
    it('gives inherited logins passwords that nobody knows', async () => {
      await expectRotated(await makeGatedShop(local, folder, 'mysql'));
    });
  });

  it('leaves nothing behind', async () => {
    await local.run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });

  /** They can be used again with a password that the master user gives them. Readers come when all is done. */
  async function expectRotated(of: GatedShop): Promise<void> {
    const name = `rotated-${of.family}`;
    const image = nameImage(name);
    const isPostgres = of.family === 'postgres';
    await of.build(image, 'inherited_logins = rotate\n[hardware]\nreaders = 1');
    const ended = await of.startConverge(image, name).ended;
    expect(ended.status, ended.stderr).toBe(0);
    expect((await local.getCluster(name)).DBClusterMembers).toHaveLength(2);
    const [locked, made] = ['inherited logins of', 'readers of'].map((phase) => ended.stderr.indexOf(phase));
    expect(made).toBeGreaterThan(Number(locked));
    await expect(of.query(name, 'SELECT 1', 'clerk', 'clerk-secret')).rejects.toThrow();
    await of.query(
      name,
      isPostgres ? "ALTER ROLE clerk PASSWORD 'given'" : "ALTER USER clerk@'%' IDENTIFIED BY 'given'",
    );
    expect(Number((await of.query(name, LEAK, 'clerk', 'given'))[0]?.['n'])).toBe(0);
    await of.query(of.sourceId, LEAK, 'clerk', 'clerk-secret');
    await local.run('destroy', name);
  }
});

/** Sends a signal at the first such event of the progress. */
async function killAt(
  { child, ended }: Started,
  stage: string,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const before = text;
    text += chunk.toString();
    const isThere = (all: string) =>
      all.split('\n').some((line) => {
        if (!line.startsWith('{') || !line.endsWith('}')) return false;
        const { state, phase } = JSON.parse(line) as { state: string; phase: string };
        return `${state} ${phase}` === stage;
      });
    if (isThere(text) && !isThere(before)) child.kill(signal);
  });
  await ended;
}
