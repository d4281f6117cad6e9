// Snapshots of clusters over the RDS API. Knows no plan and no artifact.
import {
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  RestoreDBClusterFromSnapshotCommand,
} from '@aws-sdk/client-rds';
import { FactoryError } from '../errors.ts';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws, hasAwsCode } from './errors.ts';
import type { DBClusterSnapshot } from './types.ts';
import { type Look, type WaitOptions, waitUntil } from './wait.ts';

export async function createSnapshot(aws: AwsConnection, clusterId: string, id: string): Promise<void> {
  await callAws(`taking a snapshot of cluster ${clusterId}`, async () => {
    const input = { DBClusterIdentifier: clusterId, DBClusterSnapshotIdentifier: id };
    await (await aws.rds()).send(new CreateDBClusterSnapshotCommand(input), getSendOptions(aws));
  });
}

export async function findSnapshot(aws: AwsConnection, id: string): Promise<DBClusterSnapshot | undefined> {
  try {
    return await callAws(`describing snapshot ${id}`, async () => {
      const rds = await aws.rds();
      const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: id });
      return (await rds.send(command, getSendOptions(aws))).DBClusterSnapshots?.[0];
    });
  } catch (error) {
    if (hasAwsCode(error, 'DBClusterSnapshotNotFound')) return undefined;
    throw error;
  }
}

export async function getSnapshot(aws: AwsConnection, id: string): Promise<DBClusterSnapshot> {
  const snapshot = await findSnapshot(aws, id);
  if (snapshot !== undefined) return snapshot;
  throw new FactoryError('NOT_FOUND', `there is no snapshot ${id}`, {
    hint: 'db-artifact local snapshot list shows those that there are.',
  });
}

/** Of one cluster, which may be gone, or of all; oldest first. */
export async function listSnapshots(aws: AwsConnection, clusterId?: string): Promise<DBClusterSnapshot[]> {
  return await callAws('listing snapshots', async () => {
    const rds = await aws.rds();
    const all: DBClusterSnapshot[] = [];
    let Marker: string | undefined;
    do {
      const command = new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: clusterId, Marker });
      const page = await rds.send(command, getSendOptions(aws));
      all.push(...(page.DBClusterSnapshots ?? []));
      Marker = page.Marker;
    } while (Marker);
    return all.sort((one, other) => Number(one.SnapshotCreateTime) - Number(other.SnapshotCreateTime));
  });
}

export async function restoreSnapshot(
  aws: AwsConnection,
  { DBClusterSnapshotIdentifier: SnapshotIdentifier, Engine }: DBClusterSnapshot,
  cluster: { readonly id: string; readonly port?: number | undefined },
): Promise<void> {
  await callAws(`restoring snapshot ${SnapshotIdentifier} as ${cluster.id}`, async () => {
    const input = { SnapshotIdentifier, Engine, DBClusterIdentifier: cluster.id, Port: cluster.port };
    await (await aws.rds()).send(new RestoreDBClusterFromSnapshotCommand(input), getSendOptions(aws));
  });
}

export async function deleteSnapshot(aws: AwsConnection, id: string): Promise<void> {
  await callAws(`deleting snapshot ${id}`, async () => {
    const command = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function waitForSnapshot(
  aws: AwsConnection,
  id: string,
  options: WaitOptions,
): Promise<DBClusterSnapshot> {
  return await waitUntil(async (): Promise<Look<DBClusterSnapshot>> => {
    const snapshot = await getSnapshot(aws, id);
    const detail = `the status is ${snapshot.Status}`;
    if (snapshot.Status === 'available') return { state: 'ready', value: snapshot };
    return { state: snapshot.Status === 'failed' ? 'failed' : 'pending', detail };
  }, options);
}

export async function waitUntilSnapshotIsGone(
  aws: AwsConnection,
  id: string,
  options: WaitOptions,
): Promise<void> {
  await waitUntil(async (): Promise<Look<true>> => {
    const snapshot = await findSnapshot(aws, id);
    if (snapshot === undefined) return { state: 'ready', value: true };
    return { state: 'pending', detail: `the status is ${snapshot.Status}` };
  }, options);
}
