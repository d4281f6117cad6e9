import { CreateDBInstanceCommand, StartDBClusterCommand, StopDBClusterCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FactoryError } from '../../src/errors.ts';
import { describeCluster, makeCluster } from '../support/clusters.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
let full: 'volume' | 'server' | undefined;
beforeAll(async () => {
  aws = await startTestRds({}, async (settings, store) => ({
    ...(await openFakeDatabases(settings, store)),
    async checkRoom(what) {
      if (what === full)
        throw new FactoryError('QUOTA_EXCEEDED', '9 of 9 GB are in use', { hint: 'Make room.' });
    },
  }));
  await makeCluster(aws, 'there');
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

describe('on a machine without room', () => {
  test('a cluster is refused for the disk or for the memory, with figures, and nothing is made', async () => {
    full = 'volume';
    expect(await faultOf(makeCluster(aws, 'one'))).toMatchObject({
      code: 'StorageQuotaExceeded',
      status: 400,
      message:
        'The request would result in the user exceeding the allowed amount of storage available across all DB ' +
        'instances: 9 of 9 GB are in use. Make room.',
    });
    full = 'server';
    expect(await faultOf(makeCluster(aws, 'one'))).toMatchObject({
      code: 'InsufficientDBClusterCapacityFault',
      status: 403,
      message:
        "The DB cluster doesn't have enough capacity for the current operation: 9 of 9 GB are in use. Make room.",
    });
    expect(await faultOf(describeCluster(aws, 'one'))).toMatchObject({ code: 'DBClusterNotFoundFault' });
  });

  test('an instance is refused, and the start of a stopped cluster', async () => {
    full = undefined;
    await aws.rds.send(new StopDBClusterCommand({ DBClusterIdentifier: 'there' }));
    await expect.poll(async () => (await describeCluster(aws, 'there')).Status).toBe('stopped');
    await makeCluster(aws, 'bare');
    await expect.poll(async () => (await describeCluster(aws, 'bare')).Status).toBe('available');
    full = 'server';
    const instance = {
      DBInstanceIdentifier: 'bare-1',
      DBClusterIdentifier: 'bare',
      Engine: 'aurora-postgresql',
    };
    const calls = [
      aws.rds.send(new CreateDBInstanceCommand({ ...instance, DBInstanceClass: 'db.r6g.large' })),
      aws.rds.send(new StartDBClusterCommand({ DBClusterIdentifier: 'there' })),
    ];
    for (const call of calls) {
      expect(await faultOf(call)).toMatchObject({
        code: 'InsufficientDBInstanceCapacity',
        message: expect.stringContaining('9 of 9 GB are in use'),
      });
    }
  });
});
