// The local RDS through boto3 and the AWS CLI, by the profile that is written for them; both poll with waiters.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeProfile } from '../../src/local/profile.ts';
import { runChecked, runProgram } from '../../src/run.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';
import { describeIfMet } from '../support/needs.ts';

let aws: TestRds;
let homeDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  aws = await startTestRds();
  homeDir = await mkdtemp(join(tmpdir(), 'home-'));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  env = {
    ...Object.fromEntries(inherited),
    AWS_PROFILE: 'db-artifact-local',
    AWS_CONFIG_FILE: join(homeDir, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(homeDir, 'credentials'),
  };
  const { url, credentials } = aws.server;
  await writeProfile({ env, homeDir, name: 'db-artifact-local', url, region: REGION, ...credentials });
});

afterAll(async () => {
  await aws?.[Symbol.asyncDispose]();
  await rm(homeDir, { recursive: true, force: true });
});

async function findMissing(program: string, args: readonly string[]): Promise<string | undefined> {
  const options = { env: process.env, timeoutMs: 30_000 };
  const result = await runProgram(program, args, options).catch(() => undefined);
  return result?.status === 0 ? undefined : `${program} ${args.join(' ')} does not work`;
}

async function cli(...args: readonly string[]): Promise<string> {
  return await runChecked('aws', [...args, '--output', 'text'], { env, timeoutMs: 150_000 });
}

const CLI_MISSING = await findMissing('aws', ['--version']);
const BOTO3_MISSING = await findMissing('python3', ['-c', 'import boto3']);

describeIfMet('aws-cli', CLI_MISSING)('the AWS CLI', () => {
  test('makes a cluster with an instance, waits for both and takes them down', async () => {
    expect(await cli('sts', 'get-caller-identity', '--query', 'Account')).toBe('000000000000\n');
    const cluster = ['--db-cluster-identifier', 'cli'];
    await cli(
      ...[
        'rds',
        'create-db-cluster',
        ...cluster,
        '--engine',
        'aurora-postgresql',
        '--master-username',
        'shop',
      ],
      ...['--master-user-password', 'correct-horse', '--tags', 'Key=owner,Value=a b'],
    );
    await cli('rds', 'wait', 'db-cluster-available', ...cluster);
    const instance = ['--db-instance-identifier', 'cli-1'];
    await cli(
      ...['rds', 'create-db-instance', ...instance, ...cluster, '--engine', 'aurora-postgresql'],
      ...['--db-instance-class', 'db.r6g.large'],
    );
    await cli('rds', 'wait', 'db-instance-available', ...instance);
    const query = ['--query', 'DBClusters[0].[Status,DBClusterMembers[0].IsClusterWriter]'];
    expect(await cli('rds', 'describe-db-clusters', ...cluster, ...query)).toBe('available\tTrue\n');
    const groups = await cli('ec2', 'describe-security-groups', '--query', 'SecurityGroups[].GroupName');
    expect(groups).toBe('default\n');
    const snapshot = ['--db-cluster-snapshot-identifier', 'cli-snapshot'];
    await cli('rds', 'create-db-cluster-snapshot', ...snapshot, ...cluster);
    await cli('rds', 'wait', 'db-cluster-snapshot-available', ...snapshot);
    await cli('rds', 'delete-db-cluster-snapshot', ...snapshot);
    await cli('rds', 'delete-db-instance', ...instance);
    await cli('rds', 'wait', 'db-instance-deleted', ...instance);
    await cli('rds', 'delete-db-cluster', ...cluster, '--skip-final-snapshot');
    await cli('rds', 'wait', 'db-cluster-deleted', ...cluster);
  }, 300_000); // its waiters look every 30 s
});

const BOTO3_PROGRAM = `
import boto3, botocore.exceptions
often = {'Delay': 1}
rds, ec2, sts = [boto3.client(name) for name in ('rds', 'ec2', 'sts')]
assert sts.get_caller_identity()['Account'] == '000000000000'
subnets = [subnet['SubnetId'] for subnet in ec2.describe_subnets()['Subnets']]
rds.create_db_subnet_group(DBSubnetGroupName='boto', DBSubnetGroupDescription='boto', SubnetIds=subnets)
rds.create_db_cluster(DBClusterIdentifier='boto', Engine='aurora-postgresql', MasterUsername='shop',
    MasterUserPassword='correct-horse', DBSubnetGroupName='boto', VpcSecurityGroupIds=[],
    ServerlessV2ScalingConfiguration={'MinCapacity': 0.5, 'MaxCapacity': 2})
rds.get_waiter('db_cluster_available').wait(WaiterConfig=often, DBClusterIdentifier='boto')
rds.create_db_instance(DBInstanceIdentifier='boto-1', DBClusterIdentifier='boto', Engine='aurora-postgresql',
    DBInstanceClass='db.serverless')
rds.get_waiter('db_instance_available').wait(WaiterConfig=often, DBInstanceIdentifier='boto-1')
cluster = next(iter(rds.get_paginator('describe_db_clusters').paginate(
    Filters=[{'Name': 'db-cluster-id', 'Values': ['boto']}])))['DBClusters'][0]
assert cluster['ServerlessV2ScalingConfiguration']['MinCapacity'] == 0.5, cluster
assert cluster['ClusterCreateTime'].tzinfo, cluster
for call in (lambda: rds.describe_db_clusters(DBClusterIdentifier='none'), lambda: ec2.describe_vpcs(VpcIds=['vpc-0'])):
    try: call()
    except botocore.exceptions.ClientError as error: print(error.response['Error']['Code'])
url = rds.generate_presigned_url('describe_db_clusters', Params={}, HttpMethod='GET')
import urllib.request
assert b'<DBClusterIdentifier>boto<' in urllib.request.urlopen(url).read()
rds.create_db_cluster_snapshot(DBClusterIdentifier='boto', DBClusterSnapshotIdentifier='boto-1')
rds.get_waiter('db_cluster_snapshot_available').wait(WaiterConfig=often, DBClusterSnapshotIdentifier='boto-1')
snapshot = rds.describe_db_cluster_snapshots(DBClusterIdentifier='boto')['DBClusterSnapshots'][0]
assert snapshot['SnapshotCreateTime'].tzinfo and snapshot['Status'] == 'available', snapshot
rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier='boto-1')
rds.get_waiter('db_cluster_snapshot_deleted').wait(WaiterConfig=often, DBClusterSnapshotIdentifier='boto-1')
rds.delete_db_instance(DBInstanceIdentifier='boto-1')
rds.get_waiter('db_instance_deleted').wait(WaiterConfig=often, DBInstanceIdentifier='boto-1')
rds.delete_db_cluster(DBClusterIdentifier='boto', SkipFinalSnapshot=True)
rds.get_waiter('db_cluster_deleted').wait(WaiterConfig=often, DBClusterIdentifier='boto')
`;

describeIfMet('boto3', BOTO3_MISSING)('boto3', () => {
  test('makes a cluster with an instance, waits for both and takes them down', async () => {
    const program = join(homeDir, 'program.py');
    await writeFile(program, BOTO3_PROGRAM);
    const said = await runChecked('python3', [program], { env, timeoutMs: 100_000 });
    expect(said).toBe('DBClusterNotFoundFault\nInvalidVpcID.NotFound\n');
  });
});
