// Clusters and snapshots through the AWS SDK, in a way that survives that the service is killed at any moment: every
// call looks first, asks for what is missing, and looks again.
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { DATABASE, USER } from './content.ts';

export type Engine = 'aurora-postgresql' | 'aurora-mysql';

/** How a cluster begins. */
export type Origin =
  | { readonly kind: 'fresh'; readonly password: string }
  | { readonly kind: 'clone'; readonly sourceId: string }
  | { readonly kind: 'snapshot'; readonly snapshotId: string };

export interface Service {
  readonly hasSnapshots: boolean;
  /** A cluster with an instance that is available, and its port. */
  make(id: string, engine: Engine, origin: Origin): Promise<number>;
  remove(id: string): Promise<void>;
  makeSnapshot(clusterId: string, snapshotId: string): Promise<void>;
  removeSnapshot(snapshotId: string): Promise<void>;
  findPort(id: string): Promise<number | undefined>;
  list(): Promise<readonly string[]>;
}

/** A cluster or snapshot that the service says it could not make. */
export class FailedError extends Error {}

const DEADLINE_MS = 180_000;
const POLL_MS = 50;
const INSTANCE = { DBInstanceClass: 'db.r6g.large' };

export async function openService(rds: RDSClient, securityGroupId: string): Promise<Service> {
  const hasSnapshots = await rds.send(new DescribeDBClusterSnapshotsCommand({})).then(
    () => true,
    (error: Error) => {
      if (error.name === 'InvalidAction') return false;
      throw error;
    },
  );
  const find = async (id: string): Promise<DBCluster | undefined> =>
    await unlessMissing(async () => {
      const command = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
      return (await rds.send(command)).DBClusters?.[0];
    });
  const groups = { VpcSecurityGroupIds: [securityGroupId] };
  const begin = async (id: string, engine: Engine, origin: Origin): Promise<undefined> => {
    if (origin.kind === 'fresh') {
      const user = { MasterUsername: USER, MasterUserPassword: origin.password, DatabaseName: DATABASE };
      await rds.send(
        new CreateDBClusterCommand({ DBClusterIdentifier: id, Engine: engine, ...user, ...groups }),
      );
    } else if (origin.kind === 'clone') {
      const source = { SourceDBClusterIdentifier: origin.sourceId, UseLatestRestorableTime: true };
      const type = { RestoreType: 'copy-on-write' };
      await rds.send(
        new RestoreDBClusterToPointInTimeCommand({ DBClusterIdentifier: id, ...source, ...type, ...groups }),
      );
    } else {
      const source = { SnapshotIdentifier: origin.snapshotId, Engine: engine };
      await rds.send(
        new RestoreDBClusterFromSnapshotCommand({ DBClusterIdentifier: id, ...source, ...groups }),
      );
    }
  };
  return {
    hasSnapshots,
    async make(id, engine, origin) {
      const instanceId = `${id}-1`;
      return await until(`${id} is available`, async () => {
        const cluster = await find(id);
        if (cluster === undefined) return await begin(id, engine, origin);
        if (/failed|full|incompatible/.test(cluster.Status ?? '')) {
          throw new FailedError(`${id} is ${cluster.Status}`);
        }
        if ((cluster.DBClusterMembers ?? []).length === 0) {
          const parent = { DBInstanceIdentifier: instanceId, DBClusterIdentifier: id, Engine: engine };
          await rds.send(new CreateDBInstanceCommand({ ...parent, ...INSTANCE }));
          return undefined;
        }
        const described = await rds.send(
          new DescribeDBInstancesCommand({ DBInstanceIdentifier: instanceId }),
        );
        const status = described.DBInstances?.[0]?.DBInstanceStatus ?? '';
        if (/failed|full|incompatible/.test(status)) throw new FailedError(`${instanceId} is ${status}`);
        return status === 'available' && cluster.Status === 'available' ? cluster.Port : undefined;
      });
    },
    async remove(id) {
      await until(`${id} is gone`, async () => {
        const cluster = await find(id);
        if (cluster === undefined) return true;
        if (cluster.Status === 'deleting') return undefined;
        for (const { DBInstanceIdentifier: instanceId } of cluster.DBClusterMembers ?? []) {
          const doomed = { DBInstanceIdentifier: instanceId, SkipFinalSnapshot: true };
          await ignoring(/InvalidDBInstanceState/, () => rds.send(new DeleteDBInstanceCommand(doomed)));
        }
        const doomed = { DBClusterIdentifier: id, SkipFinalSnapshot: true };
        await ignoring(/InvalidDBClusterState/, () => rds.send(new DeleteDBClusterCommand(doomed)));
        return undefined;
      });
    },
    async makeSnapshot(clusterId, snapshotId) {
      const names = { DBClusterSnapshotIdentifier: snapshotId, DBClusterIdentifier: clusterId };
      await until(`${snapshotId} is available`, async () => {
        const status = await findSnapshotStatus(rds, snapshotId);
        if (status === undefined) await rds.send(new CreateDBClusterSnapshotCommand(names));
        if (status === 'failed') throw new FailedError(`${snapshotId} is failed`);
        return status === 'available' ? true : undefined;
      });
    },
    async removeSnapshot(snapshotId) {
      const names = { DBClusterSnapshotIdentifier: snapshotId };
      await until(`${snapshotId} is gone`, async () => {
        if ((await findSnapshotStatus(rds, snapshotId)) === undefined) return true;
        await ignoring(/InvalidDBClusterSnapshotState/, () =>
          rds.send(new DeleteDBClusterSnapshotCommand(names)),
        );
        return undefined;
      });
    },
    findPort: async (id) =>
      await until(`${id} is described`, async () => ({ port: (await find(id))?.Port })).then(
        ({ port }) => port,
      ),
    list: async () =>
      await until('clusters are listed', async () => {
        const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({ MaxRecords: 100 }));
        return DBClusters.map(({ DBClusterIdentifier: id = '' }) => id);
      }),
  };
}

async function findSnapshotStatus(rds: RDSClient, snapshotId: string): Promise<string | undefined> {
  return await unlessMissing(async () => {
    const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: snapshotId });
    return (await rds.send(command)).DBClusterSnapshots?.[0]?.Status;
  });
}

/** Tries until `look` finds something; while nobody answers, and when a repeated call meets its own first try, again. */
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<NonNullable<T>> {
  const deadline = performance.now() + DEADLINE_MS;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined && found !== null) return found;
    } catch (error) {
      if (!isUnreachable(error) && !/AlreadyExists/.test(String(error))) throw error;
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not within ${DEADLINE_MS / 1000} s: ${what}${last ? ` (${String(last)})` : ''}`);
}

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (/NotFound/.test((error as Error).name)) return undefined;
    throw error;
  }
}

async function ignoring(names: RegExp, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!names.test((error as Error).name) && !/NotFound/.test((error as Error).name)) throw error;
  }
}

function isUnreachable(error: unknown): boolean {
  const { code = '', name } = error as NodeJS.ErrnoException;
  return /^E(CONN|PIPE)/.test(code) || /Timeout/.test(name) || /socket hang up|ECONN/.test(String(error));
}
