// A local RDS of its own for a benchmark, driven through the AWS SDK and the built program as a user would.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import pg from 'pg';

const program = join(import.meta.dirname, '../../dist/cli.js');

export interface BenchRds {
  readonly env: NodeJS.ProcessEnv;
  readonly rds: RDSClient;
  readonly securityGroupId: string;
  run(...args: readonly string[]): string;
  makeSource(id: string, engineVersion: string): Promise<pg.ClientConfig>;
  stopCluster(id: string): Promise<void>;
  startCluster(id: string): Promise<void>;
  /** From the API call to the first row: restore, instance, login, `SELECT 1`. */
  cloneUntilQuery(sourceId: string, id: string, source: pg.ClientConfig): Promise<void>;
  deleteCluster(id: string): Promise<void>;
  close(): void;
}

export async function startBenchRds(folder: string, args: readonly string[]): Promise<BenchRds> {
  const env = {
    ...process.env,
    ...{ DB_ARTIFACT_DATA_DIR: join(folder, 'data'), AWS_PROFILE: 'db-artifact-local' },
    ...{
      AWS_CONFIG_FILE: join(folder, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'aws-credentials'),
    },
  };
  const run = (...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`db-artifact ${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  run('local', 'up', '--port', '0', ...args);
  const config = readProfile(env.AWS_CONFIG_FILE, env.AWS_SHARED_CREDENTIALS_FILE);
  const rds = new RDSClient(config);
  const securityGroupId = await openSecurityGroup(new EC2Client(config));
  return {
    env,
    rds,
    securityGroupId,
    run,
    async makeSource(id, engineVersion) {
      const password = randomBytes(12).toString('hex');
      await rds.send(
        new CreateDBClusterCommand({
          ...{ DBClusterIdentifier: id, Engine: 'aurora-postgresql', EngineVersion: engineVersion },
          ...{ MasterUsername: 'bench', MasterUserPassword: password, DatabaseName: 'bench' },
          VpcSecurityGroupIds: [securityGroupId],
        }),
      );
      await makeInstance(rds, id);
      await waitForInstance(rds, id);
      const { Endpoint: host, Port: port } = await getCluster(rds, id);
      return { host: host ?? '', port: port ?? 0, user: 'bench', password, database: 'bench' };
    },
    async stopCluster(id) {
      await rds.send(new StopDBClusterCommand({ DBClusterIdentifier: id }));
      await waitFor(async () => (await getCluster(rds, id)).Status === 'stopped');
    },
    async startCluster(id) {
      await rds.send(new StartDBClusterCommand({ DBClusterIdentifier: id }));
      await waitForInstance(rds, id);
    },
    async cloneUntilQuery(sourceId, id, source) {
      const { DBCluster: cluster } = await rds.send(
        new RestoreDBClusterToPointInTimeCommand({
          ...{ DBClusterIdentifier: id, SourceDBClusterIdentifier: sourceId, RestoreType: 'copy-on-write' },
          ...{ UseLatestRestorableTime: true, VpcSecurityGroupIds: [securityGroupId] },
        }),
      );
      await makeInstance(rds, id);
      await waitForInstance(rds, id);
      const client = new pg.Client({ ...source, port: cluster?.Port ?? 0 });
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
    },
    async deleteCluster(id) {
      await rds.send(
        new DeleteDBInstanceCommand({ DBInstanceIdentifier: `${id}-1`, SkipFinalSnapshot: true }),
      );
      await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true }));
      await waitFor(
        async () => !(await listClusters(rds)).some((cluster) => cluster.DBClusterIdentifier === id),
      );
    },
    close() {
      run('local', 'down', '--delete');
      rds.destroy();
    },
  };
}

function readProfile(configFile: string, credentialsFile: string) {
  const text = readFileSync(configFile, 'utf8') + readFileSync(credentialsFile, 'utf8');
  const get = (key: string): string => new RegExp(`^${key} *= *(.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    endpoint: get('endpoint_url'),
    region: get('region'),
    credentials: { accessKeyId: get('aws_access_key_id'), secretAccessKey: get('aws_secret_access_key') },
  };
}

async function openSecurityGroup(ec2: EC2Client): Promise<string> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const { GroupId = '' } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'bench', Description: 'bench', VpcId: Vpcs?.[0]?.VpcId }),
  );
  const rule = { IpProtocol: 'tcp', FromPort: 0, ToPort: 65535, IpRanges: [{ CidrIp: '127.0.0.1/32' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
  ec2.destroy();
  return GroupId;
}

async function makeInstance(rds: RDSClient, clusterId: string): Promise<void> {
  await rds.send(
    new CreateDBInstanceCommand({
      ...{ DBInstanceIdentifier: `${clusterId}-1`, DBClusterIdentifier: clusterId },
      ...{ DBInstanceClass: 'db.r6g.large', Engine: 'aurora-postgresql' },
    }),
  );
}

async function waitForInstance(rds: RDSClient, clusterId: string): Promise<void> {
  await waitFor(async () => {
    const described = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: `${clusterId}-1` }),
    );
    return described.DBInstances?.[0]?.DBInstanceStatus === 'available';
  });
}

async function getCluster(rds: RDSClient, id: string): Promise<DBCluster> {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  return DBClusters?.[0] ?? {};
}

async function listClusters(rds: RDSClient): Promise<readonly DBCluster[]> {
  return (await rds.send(new DescribeDBClustersCommand({}))).DBClusters ?? [];
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('waited five minutes in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

export function runShell(script: string, env: NodeJS.ProcessEnv): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
