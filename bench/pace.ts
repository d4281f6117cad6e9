// How soon `converge` notices: a local RDS whose statuses last as long as on AWS, and the time between the moment in
// which somebody can use the copy and the end of the program. `npm run bench -- pace [--seconds 2,10,30]`
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import pg from 'pg';
import { makeFolder, removeFolder } from '../test/support/folder.ts';
import { startDbArtifact } from '../test/support/program.ts';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { waitFor } from '../test/support/wait.ts';
import { describeMachine, formatMs, printTable } from './support/measure.ts';

const INI =
  '[source_db]\nsource_db_cluster_id = source\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';
/** Of the looks from outside; they cost the processors that the copy starts on. */
const LOOK_MS = 10;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2,10,30' } } });

console.log(describeMachine());
const rows: string[][] = [];
for (const seconds of values.seconds.split(',').map(Number)) rows.push(await measure(seconds));
printTable(['every status lasts', 'usable after', '`converge` ends after', 'later by', 'share'], rows);

async function measure(paceSeconds: number): Promise<string[]> {
  const folder = makeFolder();
  try {
    const local = await startLocalRds(folder, ['--pace', String(paceSeconds)]);
    try {
      await local.makeSource('source');
      const ini = join(folder, 'artifact.ini');
      writeFileSync(ini, INI);
      await local.run('build', ini);
      return await measureConverge(local, paceSeconds);
    } finally {
      await local.close();
    }
  } finally {
    removeFolder(folder);
  }
}

async function measureConverge(local: LocalRds, paceSeconds: number): Promise<string[]> {
  const password = randomBytes(12).toString('hex');
  const startMs = performance.now();
  const { ended } = startDbArtifact(['converge', '--name', 'copy', '--json'], {
    ...local.env,
    DB_PASSWORD: password,
  });
  const [usableMs, endMs] = await Promise.all([
    waitUntilUsable(local, password).then(() => performance.now() - startMs),
    ended.then(({ status, stderr }) => {
      if (status !== 0) throw new Error(stderr);
      return performance.now() - startMs;
    }),
  ]);
  const laterMs = endMs - usableMs;
  const share = `${((laterMs / usableMs) * 100).toFixed(1)} %`;
  return [`${paceSeconds} s`, formatMs(usableMs), formatMs(endMs), formatMs(laterMs), share];
}

/** RDS says that the writer is available, and the new password logs in. */
async function waitUntilUsable(local: LocalRds, password: string): Promise<void> {
  const find = new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'copy-1' });
  await waitFor(
    'the writer of the copy',
    async () => {
      const answer = await local.rds.send(find).catch(() => undefined);
      return answer?.DBInstances?.[0]?.DBInstanceStatus === 'available';
    },
    600_000,
    LOOK_MS,
  );
  const { Port: port = 0, MasterUsername: user = '' } = await local.getCluster('copy');
  await waitFor(
    'a login',
    async () => await canLogIn({ host: '127.0.0.1', port, user, password, database: 'bench' }),
  );
}

async function canLogIn(config: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
