import { CreateDBClusterCommand } from '@aws-sdk/client-rds';
import { expect, test } from 'vitest';
import { connectAws } from '../../src/aws/connect.ts';
import { listCopies } from '../../src/copies/list.ts';
import { CLUSTER, makeInstance, waitCluster } from '../support/clusters.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { REGION, startTestRds } from '../support/local-rds.ts';
import { recordRequests } from '../support/recorder.ts';

/** A page of RDS has 100. */
const COPIES = 130;

test('every copy on every page is listed once, with its own instances', async () => {
  await using rds = await startTestRds({}, openFakeDatabases);
  const names = Array.from({ length: COPIES }, (_, number) => `copy-${String(number).padStart(3, '0')}`);
  for (const DBClusterIdentifier of [...names, 'nobodys']) {
    const Tags = [{ Key: 'db-artifact:name', Value: DBClusterIdentifier.replace('nobodys', 'another') }];
    await rds.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier, Tags }));
  }
  const last = names.at(-1) ?? '';
  await waitCluster(rds, last);
  await makeInstance(rds, last);
  const { accessKeyId, secretAccessKey } = rds.server.credentials;
  const aws = await connectAws({
    env: {
      ...{ AWS_ENDPOINT_URL: rds.server.url, AWS_REGION: REGION },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
    },
  });
  const sent = await recordRequests(aws);
  const copies = await listCopies(aws);
  expect(copies.map(({ name }) => name)).toEqual(names);
  expect(copies.filter(({ instances }) => instances.length > 0)).toMatchObject([
    { name: last, instances: [{ id: `${last}-1`, isWriter: true }] },
  ]);
  expect(sent.filter(({ action }) => action === 'DescribeDBClusters')).toHaveLength(2);
});
