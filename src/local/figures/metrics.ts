// Counts what the local RDS does, and writes it and what there is in the text format of Prometheus.
// https://prometheus.io/docs/instrumenting/exposition_formats/
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DatabasesReport } from '../databases.ts';
import type { EngineFamily } from '../records.ts';

export interface Metrics {
  /** `fault` is the code that the caller was told, or undefined. */
  countCall(action: string, fault: string | undefined): void;
  countFork(engine: EngineFamily, seconds: number, isMade: boolean): void;
  countStart(engine: EngineFamily, isStarted: boolean): void;
  readonly contentType: string;
  format(report: DatabasesReport): Promise<string>;
}

const PREFIX = 'db_artifact_local';
const FORK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    ...{ name: `${PREFIX}_api_calls_total`, help: 'API calls answered; fault is empty where there was none' },
    ...{ labelNames: ['action', 'fault'], registers },
  });
  const forks = new Histogram({
    ...{ name: `${PREFIX}_fork_duration_seconds`, help: 'Time to fork the volume of a clone' },
    ...{ labelNames: ['engine', 'result'], buckets: FORK_SECONDS, registers },
  });
  const starts = new Counter({
    ...{ name: `${PREFIX}_engine_starts_total`, help: 'Starts of database servers' },
    ...{ labelNames: ['engine', 'result'], registers },
  });
  const state = makeStateGauges(registers);
  return {
    countCall: (action, fault) => calls.inc({ action, fault: fault ?? '' }),
    countFork: (engine, seconds, isMade) =>
      forks.observe({ engine, result: isMade ? 'made' : 'failed' }, seconds),
    countStart: (engine, isStarted) => starts.inc({ engine, result: isStarted ? 'started' : 'failed' }),
    contentType: registry.contentType,
    async format(report) {
      state.set(report);
      return await registry.metrics();
    },
  };
}

/** What is so at the moment of a scrape; clusters that are gone leave nothing behind. */
function makeStateGauges(registers: Registry[]): { set(report: DatabasesReport): void } {
  const makeGauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `${PREFIX}_${name}`, help, labelNames: [...labelNames], registers });
  const clusters = makeGauge('clusters', 'Clusters by status', ['engine', 'status']);
  const memory = makeGauge('cluster_memory_bytes', 'Memory of a server, shared pages in parts', ['cluster']);
  const own = makeGauge('cluster_own_bytes', 'Disk that a cluster shares with no other', ['cluster']);
  const clients = makeGauge('cluster_clients', 'Connections over TCP', ['cluster']);
  const spares = makeGauge('cluster_spares', 'Warm spares of a source', ['cluster']);
  const size = makeGauge('disk_size_bytes', 'File system that holds the volumes');
  const free = makeGauge('disk_free_bytes', 'Room on the file system that holds the volumes');
  const resident = makeGauge('resident_memory_bytes', 'Memory of the local RDS itself');
  return {
    set(report) {
      for (const gauge of [clusters, memory, own, clients, spares]) gauge.reset();
      for (const cluster of report.clusters) {
        const { id, engine, status, memoryBytes, ownBytes, connections } = cluster;
        clusters.inc({ engine, status });
        if (memoryBytes !== undefined) memory.set({ cluster: id }, memoryBytes);
        if (ownBytes !== undefined) own.set({ cluster: id }, ownBytes);
        if (connections !== undefined) clients.set({ cluster: id }, connections);
        if (cluster.spares > 0) spares.set({ cluster: id }, cluster.spares);
      }
      size.set(report.disk.sizeBytes);
      free.set(report.disk.freeBytes);
      resident.set(process.memoryUsage.rss());
    },
  };
}
