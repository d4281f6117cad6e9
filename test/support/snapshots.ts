// Snapshots as actions would write them, on databases without a server of the API.
import { randomBytes } from 'node:crypto';
import type { ClusterRecord, SnapshotRecord } from '../../src/local/records.ts';
import { type LocalDatabases, waitUntil } from './local-cluster.ts';

/** Written and woken as CreateDBClusterSnapshot or CopyDBClusterSnapshot would. */
export async function putSnapshot(
  { store, databases }: LocalDatabases,
  id: string,
  cluster: ClusterRecord,
  changes: Partial<SnapshotRecord> = {},
): Promise<SnapshotRecord> {
  const now = new Date().toISOString();
  const record: SnapshotRecord = {
    id,
    arn: `arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:${id}`,
    status: 'creating',
    statusSince: now,
    createdAt: now,
    volumeId: `snapshot-${randomBytes(8).toString('hex')}`,
    isVolumeReady: false,
    cluster,
    tags: {},
    ...changes,
  };
  await store.snapshots.put(record);
  databases.wakeSnapshot(id);
  return record;
}

export async function setSnapshotStatus(local: LocalDatabases, id: string, status: string): Promise<void> {
  const statusSince = new Date().toISOString();
  await local.store.snapshots.update(id, (record) => ({ ...record, status, statusSince }));
  local.databases.wakeSnapshot(id);
}

/** `undefined` as the status waits for it to be gone. */
export async function waitForSnapshot(
  local: LocalDatabases,
  id: string,
  status: string | undefined,
): Promise<SnapshotRecord | undefined> {
  return await waitUntil(`snapshot ${id} is ${status}`, local, () => {
    const record = local.store.snapshots.get(id);
    return record?.status === status ? { record } : undefined;
  }).then(({ record }) => record);
}
