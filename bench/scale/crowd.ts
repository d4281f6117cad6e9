// Many copies of one source at once: made, asked, measured, written to and destroyed by a few concurrent clients.
import {
  CreateDBInstanceCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusters,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import pg from 'pg';
import type { LocalRds } from '../../test/support/running-rds.ts';
import { waitFor } from '../../test/support/wait.ts';

export interface Copy {
  readonly id: string;
  readonly login: pg.ClientConfig;
}

const DEADLINE_MS = 300_000;
const POLL_MS = 50;

/** Runs `work` for every item, so many at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const take = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: most }, take));
  return results;
}

/** Resolves when every instance is available. */
export async function makeCopies(
  { rds, securityGroupId }: LocalRds,
  source: pg.ClientConfig,
  count: number,
  clients: number,
): Promise<readonly Copy[]> {
  const names = Array.from({ length: count }, (_, at) => `copy-${count}-${at + 1}`);
  const groups = { VpcSecurityGroupIds: [securityGroupId] };
  const copies = await inParallel(names, clients, async (id) => {
    const origin = { SourceDBClusterIdentifier: 'source', RestoreType: 'copy-on-write' };
    const restored = await rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        ...{ DBClusterIdentifier: id, UseLatestRestorableTime: true },
        ...{ ...origin, ...groups },
      }),
    );
    await rds.send(
      new CreateDBInstanceCommand({
        ...{ DBInstanceIdentifier: `${id}-1`, DBClusterIdentifier: id },
        ...{ DBInstanceClass: 'db.r6g.large', Engine: 'aurora-postgresql' },
      }),
    );
    return { id, login: { ...source, port: restored.DBCluster?.Port ?? 0 } };
  });
  // In the order of making, so that mostly one look is enough.
  for (const { id } of copies)
    await waitFor(id, async () => await isAvailable(rds, id), DEADLINE_MS, POLL_MS);
  return copies;
}

async function isAvailable(rds: LocalRds['rds'], id: string): Promise<boolean> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: `${id}-1` });
  const status = (await rds.send(command)).DBInstances?.[0]?.DBInstanceStatus ?? '';
  if (/failed/.test(status)) throw new Error(`${id} is ${status}`);
  return status === 'available';
}

export async function query({ login }: Copy, text: string): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  await client.query(text);
  await client.end();
}

/** Resolves when the service does not know any of them any more. */
export async function destroyCopies(
  { rds }: LocalRds,
  copies: readonly Copy[],
  clients: number,
): Promise<void> {
  await inParallel(copies, clients, async ({ id }) => {
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: `${id}-1`, SkipFinalSnapshot: true }));
    await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true }));
  });
  const isGone = async (id: string): Promise<boolean> =>
    await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id })).then(
      () => false,
      (error: Error) => error.name === 'DBClusterNotFoundFault',
    );
  for (const { id } of copies)
    await waitFor(`${id} gone`, async () => await isGone(id), DEADLINE_MS, POLL_MS);
}

/** Every page of DescribeDBClusters. */
export async function countClusters({ rds }: LocalRds): Promise<number> {
  let count = 0;
  for await (const page of paginateDescribeDBClusters({ client: rds }, {})) {
    count += page.DBClusters?.length ?? 0;
  }
  return count;
}
