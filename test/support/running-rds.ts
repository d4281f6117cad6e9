// A local RDS of its own in a folder of its own, driven through the built program and the AWS SDK as a user would.
// Tests and benchmarks share it.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
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
import type pg from 'pg';
import { getOutput } from './program.ts';
import { shareCache } from './shared-cache.ts';
import { waitFor } from './wait.ts';

export type SourceEngine = 'aurora-postgresql' | 'aurora-mysql';

export interface LocalRds {
  /** For the program, the AWS CLI and SDKs. */
  readonly env: NodeJS.ProcessEnv;
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
  /** Lets every local process in. */
  readonly securityGroupId: string;
  run(...args: readonly string[]): Promise<string>;
  /** A cluster with a running instance, and how to connect to it. */
  makeSource(id: string, engineVersion?: string, engine?: SourceEngine): Promise<pg.ClientConfig>;
  /** Restore and instance, until the instance is available. */
  cloneCluster(
    sourceId: string,
    id: string,
    source: pg.ClientConfig,
    engine?: SourceEngine,
  ): Promise<pg.ClientConfig>;
  stopCluster(id: string): Promise<void>;
  startCluster(id: string): Promise<void>;
  deleteCluster(id: string): Promise<void>;
  getCluster(id: string): Promise<DBCluster>;
  listClusters(): Promise<readonly DBCluster[]>;
  close(): Promise<void>;
}

/** Deadline and pause in ms: each look costs the processors that the server starts on. */
const PATIENCE = [120_000, 10] as const;

/** The environment of a user whose data and AWS files are all below `folder`. */
export function makeEnvironment(folder: string): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env;
  return {
    ...{ PATH, HOME, LANG },
    ...{ DB_ARTIFACT_DATA_DIR: join(folder, 'data'), AWS_PROFILE: 'db-artifact-local' },
    ...{
      AWS_CONFIG_FILE: join(folder, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'aws-credentials'),
    },
    ...{ DOCKER_HOST: 'unix:///nonexistent/docker.sock', AWS_EC2_METADATA_DISABLED: 'true' },
  };
}

export async function startLocalRds(folder: string, args: readonly string[] = []): Promise<LocalRds> {
  const env = makeEnvironment(folder);
  shareCache(String(env['DB_ARTIFACT_DATA_DIR']));
  mkdirSync(folder, { recursive: true });
  const run = async (...words: readonly string[]): Promise<string> => await getOutput(words, env);
  await run('local', 'up', '--port', '0', ...args);
  const config = readProfile(env);
  const rds = new RDSClient(config);
  const ec2 = new EC2Client(config);
  const securityGroupId = await openSecurityGroup(ec2);
  const getCluster = async (id: string): Promise<DBCluster> => {
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    return DBClusters?.[0] ?? {};
  };
  const listClusters = async () => (await rds.send(new DescribeDBClustersCommand({}))).DBClusters ?? [];
  return {
    ...{ env, rds, ec2, securityGroupId, run, getCluster, listClusters },
    async makeSource(id, engineVersion, engine = 'aurora-postgresql') {
      const password = randomBytes(12).toString('hex');
      await rds.send(
        new CreateDBClusterCommand({
          ...{ DBClusterIdentifier: id, Engine: engine, EngineVersion: engineVersion },
          ...{ MasterUsername: 'bench', MasterUserPassword: password, DatabaseName: 'bench' },
          VpcSecurityGroupIds: [securityGroupId],
        }),
      );
      await makeInstance(rds, id, engine);
      const port = await waitForInstance(rds, id);
      return { host: '127.0.0.1', port, user: 'bench', password, database: 'bench' };
    },
    async cloneCluster(sourceId, id, source, engine = 'aurora-postgresql') {
      await rds.send(
        new RestoreDBClusterToPointInTimeCommand({
          ...{ DBClusterIdentifier: id, SourceDBClusterIdentifier: sourceId, RestoreType: 'copy-on-write' },
          ...{ UseLatestRestorableTime: true, VpcSecurityGroupIds: [securityGroupId] },
        }),
      );
      await makeInstance(rds, id, engine);
      return { ...source, port: await waitForInstance(rds, id) };
    },
    async stopCluster(id) {
      await rds.send(new StopDBClusterCommand({ DBClusterIdentifier: id }));
      await waitFor(`${id} stopped`, async () => (await getCluster(id)).Status === 'stopped', ...PATIENCE);
    },
    async startCluster(id) {
      await rds.send(new StartDBClusterCommand({ DBClusterIdentifier: id }));
      await waitForInstance(rds, id);
    },
    async deleteCluster(id) {
      await rds.send(
        new DeleteDBInstanceCommand({ DBInstanceIdentifier: `${id}-1`, SkipFinalSnapshot: true }),
      );
      await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true }));
      await waitFor(
        `${id} deleted`,
        async () => (await listClusters()).every(({ DBClusterIdentifier }) => DBClusterIdentifier !== id),
        ...PATIENCE,
      );
    },
    async close() {
      await run('local', 'down', '--delete');
      rds.destroy();
      ec2.destroy();
    },
  };
}

/** What `local up` wrote, read as plainly as possible. */
export function readProfile(env: NodeJS.ProcessEnv) {
  const { AWS_CONFIG_FILE = '', AWS_SHARED_CREDENTIALS_FILE = '' } = env;
  const text = readFileSync(AWS_CONFIG_FILE, 'utf8') + readFileSync(AWS_SHARED_CREDENTIALS_FILE, 'utf8');
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
    new CreateSecurityGroupCommand({ GroupName: 'all-local', Description: 'all', VpcId: Vpcs?.[0]?.VpcId }),
  );
  const IpRanges = [{ CidrIp: '127.0.0.1/32' }];
  const rule = { IpProtocol: 'tcp', FromPort: 0, ToPort: 65535, IpRanges };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
  return GroupId;
}

async function makeInstance(rds: RDSClient, clusterId: string, Engine: SourceEngine): Promise<void> {
  await rds.send(
    new CreateDBInstanceCommand({
      ...{ DBInstanceIdentifier: `${clusterId}-1`, DBClusterIdentifier: clusterId },
      ...{ DBInstanceClass: 'db.r6g.large', Engine },
    }),
  );
}

/** Its port, which may be another than its cluster had at first. */
async function waitForInstance(rds: RDSClient, clusterId: string): Promise<number> {
  let port = 0;
  await waitFor(
    `${clusterId}-1 available`,
    async () => {
      const input = { DBInstanceIdentifier: `${clusterId}-1` };
      const [instance] = (await rds.send(new DescribeDBInstancesCommand(input))).DBInstances ?? [];
      port = instance?.Endpoint?.Port ?? 0;
      return instance?.DBInstanceStatus === 'available';
    },
    ...PATIENCE,
  );
  return port;
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}
