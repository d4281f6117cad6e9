import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { planStack } from '../../src/converge/stack/plan-stack.ts';
import { makeRequest, makeSource } from '../support/account.ts';
import { findMotoProblem, type Moto, startMoto } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';
import { listChanges, recordRequests } from '../support/recorder.ts';

/** What a stack says by a reference to another of its resources, or leaves to CloudFormation. */
const REFERENCES = ['DBSubnetGroupName', 'VpcSecurityGroupIds', 'DBClusterIdentifier'];
const OF_A_CALL = ['ApplyImmediately', 'MasterUserPassword', 'Tags', 'IpPermissions', 'GroupId'];

describeIfMet('moto', findMotoProblem())('a stack and converging', () => {
  let moto: Moto;
  let aws: AwsConnection;
  let artifact: Artifact;

  beforeAll(async () => {
    moto = await startMoto();
    aws = await connectAws({ env: moto.env });
    artifact = await makeSource(aws, 'shop');
  });
  afterAll(async () => await moto?.stop());

  test('ask for the same settings, and making a stack changes nothing', async () => {
    const request = makeRequest(aws, artifact, { name: 'alpha' });
    const sent = await recordRequests(aws);
    const { template, notes } = await planStack(request);
    expect(listChanges(sent)).toEqual([]);
    expect(notes.join('\n')).not.toContain('there already');
    await convergeCopy(request, () => {});
    const { SubnetGroup, Cluster, Writer } = template.Resources;
    const calls = {
      CreateDBSubnetGroup: SubnetGroup,
      RestoreDBClusterToPointInTime: Cluster,
      ModifyDBCluster: Cluster,
      CreateDBInstance: Writer,
    };
    for (const [action, resource] of Object.entries(calls)) {
      const input = Object.fromEntries(
        Object.entries(sent.find((one) => one.action === action)?.input ?? {}).filter(
          ([key, value]) => value !== undefined && ![...REFERENCES, ...OF_A_CALL].includes(key),
        ),
      );
      expect(Object.keys(input).length).toBeGreaterThan(1);
      expect(resource?.Properties).toMatchObject(input);
    }
    expect((await planStack(request)).notes.join('\n')).toContain('there already');
  });
});
