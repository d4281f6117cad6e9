import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { type Intruder, type Prober, startProber } from '../support/prober.ts';
import { runDbArtifact, startDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const ROWS = 20_000;
const NEW_PASSWORD = 'new-password-of-the-copy';
const LEAK = "SELECT count(*)::int FROM customers WHERE email LIKE '%@real.test'";
const INI = `[source_db]
source_db_cluster_id = shop-prod
[target_db]
subnet_ids = source
instance_type = source
[network]
allowed_cidrs = 127.0.0.0/8
[schema]
after_sql_path = after.sql
[masking]
masking_policy_path = masking.yaml
masking_sql_path = extra.sql
`;
const POLICY = `version: 1
seed: shop
tables:
  customers:
    columns: { id: keep, email: fake email, full_name: fake name, notes: keep }
  orders:
    columns: { id: keep, customer_id: keep, ship_to: fake name }
`;
const AFTER =
  "CREATE ROLE app LOGIN PASSWORD 'app-secret';\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO app;\n";

describe('the gate of a masked clone', () => {
  const folder = makeFolder();
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  let local: LocalRds;
  let source: pg.ClientConfig;
  let intruders: readonly Intruder[];

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('shop-prod');
    await query(
      source,
      `CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE, full_name text, notes text);
       INSERT INTO customers SELECT i, 'person' || i || '@real.test', 'Person ' || i, 'calls +49 171 5550' || (i % 900 + 100)
         FROM generate_series(1, ${ROWS}) i;
       CREATE TABLE orders AS SELECT i AS id, i % ${ROWS} + 1 AS customer_id, 'Person ' || (i % ${ROWS} + 1) AS ship_to
         FROM generate_series(1, ${ROWS}) i;
       CREATE ROLE clerk LOGIN PASSWORD 'clerk-secret'; GRANT SELECT ON customers TO clerk`,
    );
    write('artifact.ini', INI);
    write('masking.yaml', POLICY);
    write('extra.sql', "UPDATE orders SET ship_to = 'somebody' WHERE id = 1;\n");
    write('after.sql', AFTER);
    await local.run('build', join(folder, 'artifact.ini'));
    const password = String(source.password);
    intruders = [
      { user: 'bench', password: NEW_PASSWORD, from: '127.0.0.2' },
      { user: 'bench', password: NEW_PASSWORD, from: '127.0.0.1' },
      { user: 'bench', password, from: '127.0.0.2' },
      { user: 'bench', password, from: '127.0.0.1' },
      { user: 'clerk', password: 'clerk-secret', from: '127.0.0.2' },
    ];
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  const probe = (name: string): Prober =>
    startProber(async () => (await local.getCluster(name)).Port, 'bench', intruders, LEAK);
  const converge = (name: string, ...args: string[]) =>
    startDbArtifact(
      ['converge', '--name', name, '--db-password-stdin', '--progress', 'json', ...args],
      local.env,
      NEW_PASSWORD,
    );
  const readGate = async (name: string) =>
    (await local.getCluster(name)).TagList?.find(({ Key }) => Key === 'db-artifact:gate')?.Value;
  const expectMasked = (prober: Prober) => {
    const leaked = prober.breaks.filter(({ value }) => value !== 0);
    expect(leaked).toEqual([]);
    const users = new Set(prober.breaks.map(({ intruder }) => intruder));
    expect([...users].every(({ password }) => password === NEW_PASSWORD)).toBe(true);
  };

  it('opens only when masking, logins and after steps are done', async () => {
    const prober = probe('mine');
    try {
      const ended = await converge('mine').ended;
      expect(ended.status, ended.stderr).toBe(0);
      await waitFor('a login from elsewhere', async () =>
        prober.breaks.some(({ intruder }) => intruder.from === '127.0.0.2'),
      );
    } finally {
      await prober.stop();
    }
    expect(prober.refused()).toBeGreaterThan(10);
    expectMasked(prober);
    expect(await readGate('mine')).toBe('open');
    const { Port: port = 0 } = await local.getCluster('mine');
    const copy = { ...source, port, password: NEW_PASSWORD };
    expect(await query(copy, LEAK)).toEqual([{ count: 0 }]);
    expect(await query({ ...copy, user: 'app', password: 'app-secret' }, LEAK)).toEqual([{ count: 0 }]);
    expect(await query(copy, 'SELECT ship_to FROM orders WHERE id = 1')).toEqual([{ ship_to: 'somebody' }]);
    expect(await query(source, LEAK)).toEqual([{ count: ROWS }]);
    await query({ ...source, user: 'clerk', password: 'clerk-secret' }, 'SELECT 1');
  });

  it('reports what was masked, in show and in a file, and that something was found', async () => {
    const shown = JSON.parse(await local.run('show', 'mine', '--json'));
    expect(shown.copy.gate).toBe('open');
    expect(shown.masking.tables).toContainEqual(
      expect.objectContaining({ table: 'public.customers', rows: ROWS }),
    );
    expect(shown.masking.residual).toContainEqual(
      expect.objectContaining({ table: 'public.customers', column: 'notes', shape: 'phone', rows: ROWS }),
    );
    expect(shown.masking.policyDigest).toBe(shown.copy.maskingDigest);
    const path = join(String(local.env['DB_ARTIFACT_DATA_DIR']), 'copies', 'mine.masking.json');
    const { tables, copy } = JSON.parse(readFileSync(path, 'utf8'));
    expect({ tables, copy }).toEqual({ tables: shown.masking.tables, copy: 'mine' });
    expect(await local.run('show', 'mine')).toContain('public.customers.email');
  });

  it('finds the copy again without masking it twice', async () => {
    const again = await converge('mine').ended;
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('mask public');
    await local.run('destroy', 'mine');
    const path = join(String(local.env['DB_ARTIFACT_DATA_DIR']), 'copies', 'mine.masking.json');
    expect(existsSync(path)).toBe(false);
  });

  it('stays shut with --keep-failed, refuses to reveal anything, and goes on when it can', async () => {
    await query(source, 'ALTER TABLE orders ADD COLUMN added text');
    const prober = probe('kept');
    try {
      const failed = await converge('kept', '--keep-failed').ended;
      expect(failed.status, failed.stderr).toBe(6);
      expect(failed.stderr).toMatch(/public\.orders\.added .*has no class/);
      expect(await readGate('kept')).toBe('shut');
      for (const command of ['url', 'env', 'psql']) {
        const refused = await runDbArtifact([command, 'kept'], { ...local.env, DB_PASSWORD: NEW_PASSWORD });
        expect([command, refused.status]).toEqual([command, 6]);
      }
      expect(await local.run('list')).toContain('shut');
      await query(source, 'ALTER TABLE orders DROP COLUMN added');
      expect(prober.breaks).toEqual([]);
      const again = await converge('kept').ended; // the clone still has the column
      expect(again.status, again.stderr).toBe(6);
      expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual([
        'shop-prod',
      ]);
    } finally {
      await prober.stop();
    }
    expect(prober.breaks).toEqual([]);
  });

  it('removes the copy when masking fails', async () => {
    write('extra.sql', 'UPDATE orders SET ship_to = 1 / (id - id);\n');
    await local.run('build', join(folder, 'artifact.ini'));
    const prober = probe('broken');
    const failed = await converge('broken').ended;
    await prober.stop();
    expect(failed.status, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('extra.sql:1: ');
    expect(prober.breaks).toEqual([]);
    expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['shop-prod']);
    write('extra.sql', "UPDATE orders SET ship_to = 'somebody' WHERE id = 1;\n");
    await local.run('build', join(folder, 'artifact.ini'));
  });

  it('lets nobody in whatever is killed when, and the same command ends right', {
    timeout: 400_000,
  }, async () => {
    const stages = await listStages();
    for (const [index, stage] of stages.entries()) {
      const name = `killed-${index}`;
      const prober = probe(name);
      try {
        const victim = converge(name);
        await killAt(victim.child, stage);
        await victim.ended;
        expectMasked(prober);
        const again = await converge(name).ended;
        expect(again.status, `killed at ${stage}: ${again.stderr}`).toBe(0);
      } finally {
        await prober.stop();
      }
      expectMasked(prober);
      const { Port: port = 0 } = await local.getCluster(name);
      const copy = { ...source, port, password: NEW_PASSWORD };
      expect(await query(copy, LEAK), stage).toEqual([{ count: 0 }]);
      expect(
        await query(copy, 'SELECT count(*)::int FROM customers c JOIN orders o ON o.customer_id = c.id'),
      ).toEqual([{ count: ROWS }]);
      await query({ ...copy, user: 'app', password: 'app-secret' }, 'SELECT 1');
      await local.run('destroy', name);
    }
  });

  it('stays shut when it is interrupted, and the same command goes on', async () => {
    const prober = probe('stopped');
    try {
      const victim = converge('stopped');
      await killAt(victim.child, 'started mask public.customers', 'SIGINT');
      expect((await victim.ended).status).toBe(130);
      expect(await readGate('stopped')).toBe('shut');
      expect(prober.breaks).toEqual([]);
      const again = await converge('stopped').ended;
      expect(again.status, again.stderr).toBe(0);
    } finally {
      await prober.stop();
    }
    expectMasked(prober);
    await local.run('destroy', 'stopped');
  });

  it('uses a security group of its own until the named ones may let others in', async () => {
    const ini = INI.replace('allowed_cidrs = 127.0.0.0/8', `security_group_ids = ${local.securityGroupId}`);
    write('groups.ini', `${ini}inherited_logins = keep\n`);
    const built = await local.run('build', join(folder, 'groups.ini'), '--tag', 'groups:latest');
    expect(built).toContain('image id');
    expect(await local.run('plan', 'groups:latest', '--name', 'grouped')).toContain(
      'logins work in the clone',
    );
    const prober = probe('grouped');
    try {
      const ended = await converge('grouped', 'groups:latest').ended;
      expect(ended.status, ended.stderr).toBe(0);
      const { Port: port = 0, VpcSecurityGroups = [] } = await local.getCluster('grouped');
      expect(VpcSecurityGroups.map((group) => group.VpcSecurityGroupId)).toEqual([local.securityGroupId]);
      const clerk = { ...source, port, user: 'clerk', password: 'clerk-secret' };
      expect(await query(clerk, LEAK)).toEqual([{ count: 0 }]);
    } finally {
      await prober.stop();
    }
    expect(prober.breaks.filter(({ value }) => value !== 0)).toEqual([]);
    await local.run('destroy', 'grouped');
  });

  it('leaves nothing behind', async () => {
    await local.run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });

  /** The beginning of everything that a whole run does, and the ends of what changes the database or opens it. */
  async function listStages(): Promise<readonly string[]> {
    const { status, stderr } = await converge('whole').ended;
    expect(status, stderr).toBe(0);
    await local.run('destroy', 'whole');
    const events = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const phases = events.filter(({ state, phase }) => state === 'started' || /mask|open/.test(phase));
    return [...new Set(phases.map(({ phase, state }) => `${state} ${phase.replace('whole', '*')}`))];
  }

  async function killAt(
    child: ReturnType<typeof converge>['child'],
    stage: string,
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<void> {
    const [, state = '', phase = ''] = /^(\w+) (.*)$/.exec(stage) ?? [];
    await new Promise<void>((resolve) => {
      let text = '';
      let isSent = false;
      child.stderr?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const isThere = text.split('\n').some((line) => {
          if (!line.startsWith('{') || !line.endsWith('}')) return false;
          const event = JSON.parse(line);
          return event.state === state && String(event.phase).replace(/killed-\d+/, '*') === phase;
        });
        if (!isThere || isSent) return;
        isSent = true;
        child.kill(signal);
      });
      child.once('close', () => resolve());
    });
  }
});

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
