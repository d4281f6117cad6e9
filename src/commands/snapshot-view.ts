// How snapshots are shown: as documents and as rows.
import type { DBClusterSnapshot } from '../aws/types.ts';
import { formatTable } from './table.ts';

export function toSnapshotDocument(snapshot: DBClusterSnapshot): Readonly<Record<string, unknown>> {
  return {
    id: snapshot.DBClusterSnapshotIdentifier,
    cluster: snapshot.DBClusterIdentifier,
    status: snapshot.Status,
    engine: snapshot.Engine,
    engineVersion: snapshot.EngineVersion,
    createdAt: snapshot.SnapshotCreateTime?.toISOString() ?? null,
    arn: snapshot.DBClusterSnapshotArn,
  };
}

export function formatSnapshotTable(snapshots: readonly DBClusterSnapshot[]): string {
  if (snapshots.length === 0)
    return 'There are no snapshots. Take one with: db-artifact local snapshot create';
  const rows = snapshots.map((snapshot) => [
    snapshot.DBClusterSnapshotIdentifier ?? '',
    snapshot.DBClusterIdentifier ?? '',
    snapshot.Status ?? '',
    `${snapshot.Engine} ${snapshot.EngineVersion}`,
    snapshot.SnapshotCreateTime?.toISOString() ?? '-',
  ]);
  return formatTable(['snapshot', 'cluster', 'status', 'engine', 'created'], rows);
}
