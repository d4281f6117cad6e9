// How statuses move on once the work for them is done, and the events that AWS reports with them. Pure.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html

import type { InstanceRecord } from '../records.ts';
import type { ClusterFacts } from './next-step.ts';

export interface Notice {
  readonly categories: readonly string[];
  readonly message: string;
}

export interface StatusChange {
  readonly kind: 'db-cluster' | 'db-instance';
  readonly id: string;
  readonly to: string | 'removed';
  readonly notice?: Notice | undefined;
  /** The status that it leaves has to be seen for a while; others are left at once. */
  readonly since: string | undefined;
}

const TRANSITIONAL = /^(configuring|resetting|scaling|update|failing)-|(ing|-up)$/;

const NOTICES: Readonly<Record<string, Notice>> = {
  'db-cluster creating available': { categories: ['creation'], message: 'DB cluster created' },
  'db-cluster migrating available': { categories: ['creation'], message: 'DB cluster imported' },
  'db-cluster deleting removed': { categories: ['deletion'], message: 'DB cluster deleted' },
  'db-cluster deleting available': {
    categories: ['failure'],
    message: 'DB cluster not deleted: its final snapshot could not be made',
  },
  'db-cluster stopping stopped': { categories: ['notification'], message: 'DB cluster stopped' },
  'db-cluster starting available': { categories: ['notification'], message: 'DB cluster started' },
  'db-cluster resetting-master-credentials available': {
    categories: ['configuration change'],
    message: 'Reset master credentials',
  },
  'db-instance creating available': { categories: ['creation'], message: 'DB instance created' },
  'db-instance deleting removed': { categories: ['deletion'], message: 'DB instance deleted' },
  'db-instance rebooting available': { categories: ['availability'], message: 'DB instance restarted' },
  'db-instance stopping stopped': { categories: ['notification'], message: 'DB instance stopped' },
  'db-instance starting available': { categories: ['notification'], message: 'DB instance started' },
};

/** Asked only when no step is left to take. */
export function findStatusChanges(facts: ClusterFacts): readonly StatusChange[] {
  const { cluster, instances } = facts;
  const changes = instances.flatMap((instance) => {
    const to = findInstanceTarget(facts, instance);
    return to === undefined ? [] : [makeChange('db-instance', instance, to)];
  });
  const to = changes.length === 0 ? findClusterTarget(facts) : findEarlyTarget(facts);
  if (to === undefined) return changes;
  return [...changes, { ...makeChange('db-cluster', cluster, to), ...findFailoverNotice(facts) }];
}

function findFailoverNotice({ cluster, writer }: ClusterFacts): Pick<StatusChange, 'notice'> | undefined {
  if (cluster.status !== 'failing-over') return undefined;
  const message = `Completed failover to DB instance: ${writer?.id}`;
  return { notice: { categories: ['failover'], message } };
}

function findInstanceTarget(facts: ClusterFacts, instance: InstanceRecord): string | undefined {
  const { cluster } = facts;
  const { status } = instance;
  const server = findServer(facts, instance);
  if (status === 'deleting' || cluster.status === 'deleting') return 'removed';
  if (status === 'stopping') return server ? undefined : 'stopped';
  if (cluster.status === 'stopping') return status === 'stopped' ? undefined : 'stopping';
  if (cluster.status === 'starting' && status === 'stopped') return 'starting';
  return server && TRANSITIONAL.test(status) ? 'available' : undefined;
}

/** A reader answers when it lets in who may get in. */
function findServer(facts: ClusterFacts, { id }: InstanceRecord): object | undefined {
  if (id === facts.writer?.id) return facts.server;
  const server = facts.readers.find(({ instance }) => instance.id === id)?.server;
  return server?.accessKey === undefined && !facts.cluster.status.startsWith('stop') ? undefined : server;
}

/** Stopped and started clusters follow their instances; all other statuses of a cluster are its own. */
function findEarlyTarget(facts: ClusterFacts): string | undefined {
  return /^(stopping|starting|deleting)$/.test(facts.cluster.status) ? undefined : findClusterTarget(facts);
}

function findClusterTarget(facts: ClusterFacts): string | undefined {
  const { cluster } = facts;
  const isServing = facts.server !== undefined || facts.readers.some(({ server }) => server !== undefined);
  if (cluster.status === 'deleting') return findDeletedTarget(facts);
  if (cluster.status === 'stopping') return isServing ? undefined : 'stopped';
  return TRANSITIONAL.test(cluster.status) ? 'available' : undefined;
}

function findDeletedTarget({ isNeeded, isFinalSnapshotLost }: ClusterFacts): string | undefined {
  if (isFinalSnapshotLost) return 'available';
  return isNeeded ? undefined : 'removed';
}

function makeChange(
  kind: StatusChange['kind'],
  record: { readonly id: string; readonly status: string; readonly statusSince: string },
  to: string,
): StatusChange {
  const since = TRANSITIONAL.test(record.status) ? record.statusSince : undefined;
  return { kind, id: record.id, to, since, notice: NOTICES[`${kind} ${record.status} ${to}`] };
}
