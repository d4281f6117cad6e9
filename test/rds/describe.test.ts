import {
  DescribeAvailabilityZonesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  DescribeAccountAttributesCommand,
  DescribeCertificatesCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBEngineVersionsCommand,
  type DescribeDBEngineVersionsCommandInput,
  DescribeDBParameterGroupsCommand,
  DescribeEventsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  ListTagsForResourceCommand,
  paginateDescribeOrderableDBInstanceOptions,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLocalStatus } from '../../src/local/figures/read-status.ts';
import { makeCluster } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { ACCOUNT_ID, REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

describe('AddTagsToResource, RemoveTagsFromResource and ListTagsForResource', () => {
  test('change the tags of a cluster', async () => {
    const { DBClusterArn: ResourceName } = await makeCluster(aws, 'tagged', {
      Tags: [{ Key: 'a', Value: '1' }],
    });
    const list = async () =>
      (await aws.rds.send(new ListTagsForResourceCommand({ ResourceName }))).TagList ?? [];
    const Tags = [
      { Key: 'a', Value: '2' },
      { Key: 'ключ', Value: 'x y' },
    ];
    await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
    expect(await list()).toEqual(Tags);
    await aws.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['a', 'none'] }));
    expect(await list()).toEqual(Tags.slice(1));
  });

  test('refuse what does not exist and what RDS does not allow in tags', async () => {
    const { DBClusterArn: ResourceName } = await makeCluster(aws, 'strict');
    const add = async (Key: string, Value: string) =>
      await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key, Value }] }));
    expect(await faultOf(add('rds:x', '1'))).toMatchObject({ code: 'InvalidParameterValue' });
    expect(await faultOf(add('x', 'a*b'))).toMatchObject({ code: 'InvalidParameterValue' });
    expect(await faultOf(add('x'.repeat(129), ''))).toMatchObject({ code: 'InvalidParameterValue' });
    const gone = `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:none`;
    const call = new ListTagsForResourceCommand({ ResourceName: gone });
    expect(await faultOf(aws.rds.send(call))).toMatchObject({ code: 'DBClusterNotFoundFault' });
  });

  test('lose no tag when two calls come at once', async () => {
    const { DBClusterArn: ResourceName } = await makeCluster(aws, 'raced');
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    await Promise.all(
      keys.map(
        async (Key) =>
          await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key, Value: '' }] })),
      ),
    );
    const { TagList } = await aws.rds.send(new ListTagsForResourceCommand({ ResourceName }));
    expect(TagList).toHaveLength(20);
  });
});

describe('DescribeDBEngineVersions', () => {
  const find = async (input: DescribeDBEngineVersionsCommandInput) =>
    (await aws.rds.send(new DescribeDBEngineVersionsCommand(input))).DBEngineVersions ?? [];

  test('finds a version by its major and names its parameter group family', async () => {
    const [newest] = await find({ Engine: 'aurora-postgresql', DefaultOnly: true });
    const major = newest?.MajorEngineVersion ?? '';
    expect(newest?.DBParameterGroupFamily).toBe(`aurora-postgresql${major}`);
    expect(await find({ Engine: 'aurora-postgresql', EngineVersion: major })).toEqual([newest]);
    expect(await find({ Engine: 'aurora-postgresql', EngineVersion: '1.0' })).toEqual([]);
  });
});

describe('DescribeOrderableDBInstanceOptions', () => {
  test('lists every class on its pages, and one that is asked for', async () => {
    const classes: (string | undefined)[] = [];
    const pages = paginateDescribeOrderableDBInstanceOptions(
      { client: aws.rds, pageSize: 20 },
      { Engine: 'aurora-postgresql' },
    );
    for await (const page of pages) {
      classes.push(...(page.OrderableDBInstanceOptions ?? []).map((option) => option.DBInstanceClass));
    }
    expect(classes).toContain('db.serverless');
    expect(classes).toContain('db.r8g.16xlarge');
    const one = { Engine: 'aurora-postgresql', DBInstanceClass: 'db.t4g.medium', Vpc: true };
    const call = new DescribeOrderableDBInstanceOptionsCommand(one);
    const { OrderableDBInstanceOptions = [] } = await aws.rds.send(call);
    expect(OrderableDBInstanceOptions[0]?.AvailabilityZones).toHaveLength(3);
  });
});

describe('DescribeDBClusterParameterGroups and DescribeDBParameterGroups', () => {
  test('know the default groups and no others', async () => {
    const { DBClusterParameterGroups = [] } = await aws.rds.send(
      new DescribeDBClusterParameterGroupsCommand({}),
    );
    const name = DBClusterParameterGroups[0]?.DBClusterParameterGroupName ?? '';
    expect(name).toMatch(/^default\.aurora-/);
    const call = new DescribeDBParameterGroupsCommand({ DBParameterGroupName: name });
    expect((await aws.rds.send(call)).DBParameterGroups).toHaveLength(1);
    const other = new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName: 'mine' });
    expect(await faultOf(aws.rds.send(other))).toMatchObject({ code: 'DBClusterParameterGroupNotFound' });
  });
});

describe('DescribeEvents', () => {
  test('wants the type of a source that is named, and a span that is one', async () => {
    const { Events } = await aws.rds.send(new DescribeEventsCommand({ Duration: 60 }));
    expect(Array.isArray(Events)).toBe(true);
    const named = new DescribeEventsCommand({ SourceIdentifier: 'x' });
    expect(await faultOf(aws.rds.send(named))).toMatchObject({ code: 'InvalidParameterCombination' });
    const long = new DescribeEventsCommand({ Duration: 30_000 });
    expect(await faultOf(aws.rds.send(long))).toMatchObject({ code: 'InvalidParameterValue' });
  });
});

describe('DescribeAccountAttributes and DescribeCertificates', () => {
  test('answer what clients look up before they create', async () => {
    const { AccountQuotas = [] } = await aws.rds.send(new DescribeAccountAttributesCommand({}));
    expect(AccountQuotas.map((quota) => quota.AccountQuotaName)).toContain('DBClusters');
    const { Certificates = [] } = await aws.rds.send(new DescribeCertificatesCommand({}));
    expect(Certificates.map((one) => one.CertificateIdentifier)).toContain('rds-ca-rsa2048-g1');
  });
});

describe('the network calls of EC2', () => {
  test('describe one default VPC whose subnets reach the internet', async () => {
    const { Vpcs = [] } = await aws.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    const VpcId = Vpcs[0]?.VpcId ?? '';
    const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ Filters }));
    const zones = await aws.ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(Subnets.map((subnet) => subnet.AvailabilityZone)).toEqual(
      zones.AvailabilityZones?.map((zone) => zone.ZoneName),
    );
    const { RouteTables = [] } = await aws.ec2.send(new DescribeRouteTablesCommand({ Filters }));
    const route = RouteTables[0]?.Routes?.find((one) => one.DestinationCidrBlock === '0.0.0.0/0');
    const attached = [{ Name: 'attachment.vpc-id', Values: [VpcId] }];
    const gateways = await aws.ec2.send(new DescribeInternetGatewaysCommand({ Filters: attached }));
    expect(gateways.InternetGateways?.[0]?.InternetGatewayId).toBe(route?.GatewayId);
    const dns = await aws.ec2.send(
      new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' }),
    );
    expect(dns.EnableDnsHostnames?.Value).toBe(true);
    const { NetworkInterfaces } = await aws.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'group-id', Values: ['sg-0'] }] }),
    );
    expect(NetworkInterfaces).toEqual([]);
  });

  test('refuse ids that do not exist, and parameters that EC2 does not know', async () => {
    const subnet = await faultOf(aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-0'] })));
    expect(subnet).toMatchObject({
      code: 'InvalidSubnetID.NotFound',
      message: "The subnet ID 'subnet-0' does not exist",
    });
    const dry = await faultOf(aws.ec2.send(new DescribeVpcsCommand({ DryRun: true })));
    expect(dry).toMatchObject({ code: 'UnsupportedOperation' });
    const zones = new DescribeAvailabilityZonesCommand({ ZoneIds: ['x'] });
    expect(await faultOf(aws.ec2.send(zones))).toMatchObject({ code: 'UnknownParameter' });
  });
});

describe('GetCallerIdentity', () => {
  test('names the user that runs the server', async () => {
    const { Account, Arn } = await aws.sts.send(new GetCallerIdentityCommand({}));
    expect(Account).toBe(ACCOUNT_ID);
    expect(Arn).toMatch(/^arn:aws:iam::000000000000:user\/[\w+=,.@-]+$/);
  });
});

describe('DescribeLocalStatus', () => {
  test('answers JSON about what runs where', async () => {
    const { url, credentials } = aws.server;
    const status = await readLocalStatus(url, REGION, credentials);
    expect(status).toMatchObject({ region: REGION, accountId: ACCOUNT_ID });
    expect(status.driver.name).toEqual(expect.any(String));
    expect(status.clusters).toBeInstanceOf(Array);
  });
});
