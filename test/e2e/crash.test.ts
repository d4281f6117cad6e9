import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { runDbArtifact, startDbArtifact } from '../support/program.ts';
import { makeRandom } from '../support/random.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const ROWS = 5000;
const seed = Number(process.env['DB_ARTIFACT_TEST_SEED'] ?? Date.now() % 1_000_000);
const kills = Number(process.env['DB_ARTIFACT_TEST_KILLS'] ?? 50);

describe(`kill -9 at random moments (DB_ARTIFACT_TEST_SEED=${seed})`, () => {
  const folder = makeFolder();
  const random = makeRandom(seed);
  let local: LocalRds;
  let source: pg.ClientConfig;
  let imageId: string | undefined;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('source');
    await query(source, `CREATE TABLE things AS SELECT generate_series(1, ${ROWS}) AS id`);
    writeFileSync(
      join(folder, 'artifact.ini'),
      '[source_db]\nsource_db_cluster_id = source\n[target_db]\nsubnet_ids = source\ninstance_type = source\n',
    );
    imageId = findImageId(await local.run('build', join(folder, 'artifact.ini')));
    expect(imageId).toBeDefined();
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  const victims = {
    async build() {
      const build = startDbArtifact(['build', join(folder, 'artifact.ini')], local.env);
      await killSoon(build.child.pid, 600);
      await build.ended;
      expect(findImageId(await local.run('build', join(folder, 'artifact.ini')))).toBe(imageId);
    },
    async converge(name: string) {
      const converge = startDbArtifact(['converge', '--name', name], local.env);
      await killSoon(converge.child.pid, 700);
      await converge.ended;
    },
    async server(name: string) {
      const { pid } = await readStatus();
      const converge = startDbArtifact(['converge', '--name', name, '--timeout', '5s'], local.env);
      await killSoon(pid, 700);
      await converge.ended;
      await local.run('local', 'up', '--port', new URL(String(local.env['BENCH_URL'])).port);
    },
    async postgres(name: string) {
      const { clusters } = await readStatus();
      const pids = clusters.flatMap(({ serverPid }) => (serverPid ? [serverPid] : []));
      const converge = startDbArtifact(['converge', '--name', name], local.env);
      await killSoon(pids[Math.floor(random() * pids.length)], 500);
      await converge.ended;
    },
  };

  it(`comes to the right end ${kills} times`, { timeout: 600_000 }, async () => {
    local.env['BENCH_URL'] = (await readStatus()).url;
    const names = Object.keys(victims) as (keyof typeof victims)[];
    for (let turn = 0; turn < kills; turn++) {
      const victim = names[Math.floor(random() * names.length)] ?? 'server';
      const name = `copy-${turn}`;
      await victims[victim](name);
      await checkCopy(name, `turn ${turn}, ${victim} killed`);
      expect((await runDbArtifact(['destroy', name], local.env)).status).toBe(0);
      const left = (await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier);
      expect(left, `turn ${turn}, ${victim} killed`).toEqual(['source']);
    }
  });

  it('leaves nothing behind', async () => {
    await local.run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });

  /** The same command again gives one usable copy with the rows of the source, and the source is well. */
  async function checkCopy(name: string, when: string): Promise<void> {
    const again = await runDbArtifact(['converge', '--name', name, '-o', 'url'], local.env);
    expect(again.status, `${when}: ${again.stderr}`).toBe(0);
    const connectionString = again.stdout.trim();
    expect(await query({ connectionString }, 'SELECT count(*)::int AS n FROM things'), when).toEqual([
      { n: ROWS },
    ]);
    await waitFor('the source answers', async () => {
      const rows = await query(source, 'SELECT count(*)::int AS n FROM things').catch(() => []);
      return (rows as { n: number }[])[0]?.n === ROWS;
    });
  }

  async function killSoon(pid: number | undefined, withinMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, random() * withinMs));
    try {
      if (pid) process.kill(pid, 'SIGKILL');
    } catch {
      // it had ended by itself
    }
  }

  async function readStatus(): Promise<{
    pid: number;
    url: string;
    clusters: { id: string; serverPid?: number }[];
  }> {
    return JSON.parse(await local.run('local', 'status', '--json'));
  }
});

function findImageId(output: string): string | undefined {
  return /image id: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
}

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  client.on('error', () => {}); // its server may be killed under it
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
