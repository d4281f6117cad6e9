// What is wanted of a cluster and what is so, as deciding on the next step takes it. Only looks.
import { findAccessRules, getAccessKey } from './access.ts';
import { isClusterNeeded, isFinalSnapshotLost } from './dependents.ts';
import { type Context, getVolumeId } from './reconcile/context.ts';
import type { ReaderFacts } from './reconcile/next-reader-step.ts';
import { type ClusterFacts, DOWN, type ServerFacts } from './reconcile/next-step.ts';
import { getFollowerName, getReaderVolumeId } from './reconcile/readers.ts';
import type { RunningServer } from './reconcile/servers.ts';
import type { InstanceRecord } from './records.ts';
import { findWriter } from './writer.ts';

/** Undefined when the cluster is gone. */
export function gatherFacts(context: Context, clusterId: string): ClusterFacts | undefined {
  const { store } = context;
  const cluster = store.clusters.get(clusterId);
  if (!cluster) return undefined;
  const running = context.servers.get(getVolumeId(cluster));
  const instances = store.instances.list().filter((instance) => instance.clusterId === clusterId);
  const writer = findWriter(cluster, instances);
  return {
    cluster,
    instances,
    writer,
    readers: gatherReaders(context, instances, writer),
    server: running && {
      ...describeServer(running),
      followersKey: running.followersKey,
      canBeFollowed: running.server.replication !== undefined,
    },
    followersKey: listFollowers(instances, writer).join(' '),
    accessKey: getAccessKey(findAccessRules(store, cluster)),
    isNeeded: isClusterNeeded(store, cluster),
    isFinalSnapshotLost: isFinalSnapshotLost(store, cluster),
    failures: context.failures.get(getVolumeId(cluster)) ?? [],
    nowMs: Date.now(),
    prestartMs: context.settings.prestartMs,
    isAsleep: context.sleepers.isAsleep(getVolumeId(cluster)),
  };
}

function gatherReaders(
  context: Context,
  instances: readonly InstanceRecord[],
  writer: InstanceRecord | undefined,
): readonly ReaderFacts[] {
  return instances
    .filter((instance) => instance !== writer || instance.reader?.isVolumeReady)
    .map((instance) => {
      const running = context.servers.get(getReaderVolumeId(instance));
      const writerPort = running?.place.follows?.port;
      return {
        instance,
        server: running && { ...describeServer(running), writerPort },
        failures: context.failures.get(getReaderVolumeId(instance)) ?? [],
      };
    });
}

/** Also those that are to go, until their servers are gone. */
function listFollowers(
  instances: readonly InstanceRecord[],
  writer: InstanceRecord | undefined,
): readonly string[] {
  return instances
    .filter(
      (instance) => instance.reader?.isVolumeReady || (instance !== writer && !DOWN.test(instance.status)),
    )
    .map(getFollowerName)
    .sort();
}

function describeServer({ server, accessKey }: RunningServer): ServerFacts {
  return { port: server.port, startedAtMs: server.startedAtMs, accessKey };
}
