// Makes the record of a new cluster, whatever its data comes from: its name, port and ids.
import { makeArn } from '../arn.ts';
import { Fault, invalidValue } from '../faults.ts';
import { makeResourceId } from '../ids.ts';
import { listZones } from '../network.ts';
import { integer, list, text } from '../parameters.ts';
import type { ClusterRecord, ClusterSettings } from '../records.ts';
import type { ActionContext } from './action.ts';
import { checkIdentifier } from './names.ts';
import { checkRoom, noCapacity, refusing } from './room.ts';
import { TAGS } from './tag-list.ts';

/** Where a new cluster is and what it is called, in every call that makes one. */
export const NEW_CLUSTER_PARAMETERS = {
  Port: integer,
  DBSubnetGroupName: text,
  VpcSecurityGroupIds: list('VpcSecurityGroupId', text),
  DBClusterParameterGroupName: text,
  KmsKeyId: text,
  EngineLifecycleSupport: text,
  Tags: TAGS,
} as const;

/** Everything about a new cluster that its name, its port and the clock do not say. */
export type NewCluster = Omit<
  ClusterRecord,
  | 'id'
  | 'resourceId'
  | 'arn'
  | 'status'
  | 'statusSince'
  | 'createdAt'
  | 'port'
  | 'isVolumeReady'
  | 'server'
  | 'finalSnapshotId'
>;

export function checkNewClusterId(context: ActionContext, value: string): string {
  const id = checkIdentifier('DBClusterIdentifier', value);
  if (context.store.clusters.get(id)) {
    throw new Fault('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  }
  return id;
}

export function checkPort(port: number | undefined): void {
  if (port !== undefined && (port < 1150 || port > 65_535)) {
    throw invalidValue(`Invalid database endpoint port value: ${port}. Valid range: 1150-65535`);
  }
}

export interface WantedPort {
  readonly port: number;
  /** By the caller; otherwise it is the engine's own. */
  readonly isNamed: boolean;
}

/** The port is what the cluster really gets: the wanted one, or a free one where that is taken. */
export async function makeCluster(
  context: ActionContext,
  identifier: string,
  wantedPort: WantedPort,
  cluster: NewCluster,
): Promise<ClusterRecord> {
  await checkRoom(context, cluster.engine);
  const { writing } = await context.inTurn(async () => {
    const id = checkNewClusterId(context, identifier);
    const ready = await findReady(context, id, wantedPort, cluster);
    const now = context.now().toISOString();
    const writing = context.store.clusters.put({
      ...cluster,
      id,
      ...ready,
      arn: makeArn(context.place, 'cluster', id),
      status: cluster.origin.kind === 'import' ? 'migrating' : 'creating',
      statusSince: now,
      createdAt: now,
    });
    context.databases.wake(id); // memory is ahead of the disk, and so is the work
    return { writing };
  });
  return await writing; // others need not wait for the disk
}

/** A clone that names no port may find everything ready. */
async function findReady(
  context: ActionContext,
  id: string,
  { port, isNamed }: WantedPort,
  { origin }: NewCluster,
): Promise<Pick<ClusterRecord, 'resourceId' | 'port' | 'isVolumeReady' | 'server'>> {
  if (origin.kind === 'restore' && !isNamed) {
    const spare = await context.databases.takeSpare(origin.sourceResourceId, id);
    if (spare) {
      const { resourceId, port, server } = spare;
      return { resourceId, port, server, isVolumeReady: true };
    }
  }
  const free = await reservePort(context, port);
  return { resourceId: makeResourceId('cluster'), port: free, isVolumeReady: false };
}

export async function reservePort({ databases }: ActionContext, wanted: number): Promise<number> {
  return await refusing(databases.reservePort(wanted), noCapacity);
}

/** On AWS three zones hold the data, whatever the subnets. */
export function pickZones(context: ActionContext, wanted: readonly string[] = []): readonly string[] {
  const zones = listZones(context.place.region);
  const unknown = wanted.filter((zone) => !zones.includes(zone));
  if (unknown.length > 0) throw invalidValue(`Invalid availability zone: ${unknown.join(', ')}`);
  return wanted.length > 0 ? [...wanted].sort() : zones;
}

/** Encryption is RDS's own, below the database; here it is kept and reported, and the disk is as it is. */
export function readEncryption(
  context: ActionContext,
  isEncrypted: boolean | undefined,
  keyId: string | undefined,
): Pick<ClusterSettings, 'storageEncrypted' | 'kmsKeyId'> {
  if (isEncrypted === false && keyId !== undefined) {
    throw new Fault(
      'InvalidParameterCombination',
      'KmsKeyId can only be specified when StorageEncrypted is true.',
    );
  }
  if (!isEncrypted && keyId === undefined) return { storageEncrypted: false };
  const { region, accountId } = context.place;
  const ownKey = `arn:aws:kms:${region}:${accountId}:key/00000000-0000-4000-8000-000000000000`;
  return { storageEncrypted: true, kmsKeyId: keyId ?? ownKey };
}
