import { expect, test } from 'vitest';
import type { ClusterReport, DatabasesReport } from '../../../../src/local/databases.ts';
import { makeMetrics } from '../../../../src/local/figures/metrics.ts';

const CLUSTER: ClusterReport = {
  ...{ id: 'orders', status: 'available', engine: 'aurora-postgresql', engineVersion: '18.4', port: 15_500 },
  ...{ sourceId: undefined, isDurable: true, serverPid: 1, startedAt: undefined, logFile: '/log' },
  ...{ memoryBytes: 9_000_000, connections: 2, ownBytes: 300_000, sharedBytes: 1, apparentBytes: 1 },
  goldenId: undefined,
  isAsleep: false,
  spares: 0,
  readers: [],
};

const makeReport = (clusters: readonly ClusterReport[]): DatabasesReport => ({
  driver: { name: 'overlay', reason: 'a test' },
  disk: { folder: '/data', isPool: false, sizeBytes: 1000, freeBytes: 400 },
  engines: [],
  clusters,
  usage: { memoryBytes: 0, memoryUsedBytes: 0, diskBytes: undefined, diskUsedBytes: 0 },
});

async function readLines(clusters: readonly ClusterReport[], metrics = makeMetrics()): Promise<string[]> {
  const text = await metrics.format(makeReport(clusters));
  return text.split('\n').map((line) => line.replace('db_artifact_local_', ''));
}

test('clusters are counted by status, and each tells memory, disk and clients', async () => {
  expect(
    await readLines([
      { ...CLUSTER, spares: 2 },
      { ...CLUSTER, id: 'copy' },
    ]),
  ).toEqual(
    expect.arrayContaining([
      'clusters{engine="aurora-postgresql",status="available"} 2',
      'cluster_memory_bytes{cluster="orders"} 9000000',
      'cluster_own_bytes{cluster="copy"} 300000',
      'cluster_clients{cluster="orders"} 2',
      'cluster_spares{cluster="orders"} 2',
      'disk_free_bytes 400',
    ]),
  );
});

test('what is not known is left out, and a cluster that is gone leaves nothing behind', async () => {
  const metrics = makeMetrics();
  await readLines([CLUSTER], metrics);
  const stopped = { ...CLUSTER, id: 'other', memoryBytes: undefined, connections: undefined };
  const lines = (await readLines([stopped], metrics)).filter((line) => /^cluster_\w+{/.test(line));
  expect(lines).toEqual(['cluster_own_bytes{cluster="other"} 300000']);
});

test('forks and starts are counted with their end, forks in buckets of time', async () => {
  const metrics = makeMetrics();
  metrics.countFork('aurora-mysql', 0.02, true);
  metrics.countFork('aurora-mysql', 3, false);
  metrics.countStart('aurora-mysql', true);
  expect(await readLines([], metrics)).toEqual(
    expect.arrayContaining([
      'fork_duration_seconds_bucket{le="0.01",engine="aurora-mysql",result="made"} 0',
      'fork_duration_seconds_bucket{le="0.025",engine="aurora-mysql",result="made"} 1',
      'fork_duration_seconds_count{engine="aurora-mysql",result="failed"} 1',
      'engine_starts_total{engine="aurora-mysql",result="started"} 1',
    ]),
  );
});
