import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArtifactSpec } from '../../src/artifact/spec.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { discoverSource } from '../../src/build/discover.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { planCopy } from '../../src/converge/plan.ts';
import { planStack } from '../../src/converge/stack/plan-stack.ts';
import { getCopy } from '../../src/copies/list.ts';
import { makeRequest, makeSource } from '../support/account.ts';
import { makeArtifact, SPEC } from '../support/artifact.ts';
import { findMotoProblem, type Moto, startMoto } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';
import { recordRequests } from '../support/recorder.ts';
import { type SharingProxy, startSharingProxy } from '../support/sharing-proxy.ts';

const REGION = 'us-east-1';

describeIfMet('moto', findMotoProblem())('a source that another account shares', () => {
  let moto: Moto;
  let proxy: SharingProxy;
  let aws: AwsConnection;
  let source: ArtifactSpec['source'];
  let subnetIds: readonly string[];

  beforeAll(async () => {
    moto = await startMoto();
    const owner = await connectAws({ env: moto.env });
    await makeSource(owner, 'shared', {}, { EngineVersion: '13.7' }); // moto offers instances of few versions
    await (await owner.rds()).send(
      new ModifyDBClusterCommand({ DBClusterIdentifier: 'shared', DBClusterParameterGroupName: 'theirs' }),
    );
    const { AWS_ENDPOINT_URL = '' } = moto.env;
    proxy = await startSharingProxy(AWS_ENDPOINT_URL, REGION, 'shared');
    aws = await connectAws({ env: { ...moto.env, AWS_ENDPOINT_URL_RDS: proxy.url } });
    source = { clusterId: 'shared', arn: proxy.arn, region: REGION };
    const { Subnets = [] } = await (await aws.ec2()).send(new DescribeSubnetsCommand({}));
    subnetIds = Subnets.slice(0, 2).map(({ SubnetId }) => String(SubnetId));
  });

  afterAll(async () => {
    await proxy?.stop();
    await moto?.stop();
  });

  const complete = (): ArtifactSpec => ({
    ...SPEC,
    source,
    target: { ...SPEC.target, subnetIds, instanceClass: 'db.r6g.large' },
    maintenance: { ...SPEC.maintenance, clusterParameterGroup: 'default.aurora-postgresql13' },
  });
  const makeShared = async () => makeArtifact(complete(), await discoverSource(complete(), aws));

  test('is found by its ARN alone', async () => {
    const byName = discoverSource({ ...complete(), source: { clusterId: 'shared' } }, aws);
    await expect(byName).rejects.toMatchObject({ code: 'NOT_FOUND', hint: expect.stringContaining('ARN') });
    expect(await discoverSource(complete(), aws)).toMatchObject({
      engine: 'aurora-postgresql',
      port: 5433,
      instanceClass: 'db.r6g.large',
      subnets: subnetIds.map((id) => ({ id })),
    });
  });

  test('that is not shared gives an error that says what must be done', async () => {
    const arn = proxy.arn.replace(/shared$/, 'unshared');
    const building = discoverSource(
      { ...complete(), source: { ...source, clusterId: 'unshared', arn } },
      aws,
    );
    await expect(building).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(arn),
      hint: expect.stringContaining('AWS RAM'),
    });
  });

  test('must be in the region of the connection', async () => {
    const elsewhere = await connectAws({ env: moto.env, region: 'eu-west-1' });
    await expect(discoverSource(complete(), elsewhere)).rejects.toMatchObject({
      code: 'BAD_INVOCATION',
      hint: expect.stringContaining('--region us-east-1'),
    });
  });

  test('leaves to the INI file what cannot be taken from another account, all of it named at once', async () => {
    const network = { ...SPEC.network, securityGroupIds: 'source' } as const;
    await expect(discoverSource({ ...SPEC, source, network }, aws)).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      problems: [
        expect.stringContaining('subnet_ids'),
        expect.stringContaining('instance_type'),
        expect.stringContaining('security_group_ids'),
        expect.stringContaining('cluster_parameter_group must be a group of this account, like theirs'),
      ],
    });
  });

  test('is restored from by its ARN, with the key that the INI names', async () => {
    const artifact = await makeShared();
    const maintenance = { ...complete().maintenance, kmsKeyId: 'alias/ours' };
    const keyed = { ...artifact, spec: { ...artifact.spec, maintenance } };
    const sent = await recordRequests(aws);
    await convergeCopy(makeRequest(aws, keyed, { name: 'alpha' }), () => {});
    expect(sent.find(({ action }) => action.startsWith('Restore'))?.input).toMatchObject({
      SourceDBClusterIdentifier: proxy.arn,
      RestoreType: 'copy-on-write',
      KmsKeyId: 'alias/ours',
      DBClusterParameterGroupName: 'default.aurora-postgresql13',
    });
    expect(await getCopy(aws, 'alpha')).toMatchObject({ sourceId: 'shared' });
  });

  test('is named by its ARN in a stack', async () => {
    const { template } = await planStack(makeRequest(aws, await makeShared(), { name: 'beta' }));
    expect(template.Resources['Cluster']?.Properties['SourceDBClusterIdentifier']).toBe(proxy.arn);
  });

  test('is checked again where the artifact is converged: its own account may have built it', async () => {
    const built = makeArtifact({ ...SPEC, source });
    await expect(planCopy(makeRequest(aws, built, { name: 'gamma' }))).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      problems: [expect.stringContaining('subnet_ids'), expect.stringContaining('cluster_parameter_group')],
    });
  });
});
