// An account with a source cluster to clone, on whatever endpoint the connection has.
import { randomBytes } from 'node:crypto';
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
} from '@aws-sdk/client-rds';
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { ArtifactSpec } from '../../src/artifact/spec.ts';
import type { AwsConnection } from '../../src/aws/connect.ts';
import { findCluster, listInstances } from '../../src/aws/rds.ts';
import type { CreateDBClusterMessage } from '../../src/aws/types.ts';
import { waitUntil } from '../../src/aws/wait.ts';
import { discoverSource } from '../../src/build/discover.ts';
import type { ConvergeRequest } from '../../src/converge/request.ts';
import { makeArtifact, SPEC } from './artifact.ts';

export const SOURCE_PASSWORD = 'source-password-1';

/** Makes a source cluster with a writer, and returns an artifact of it. */
export async function makeSource(
  aws: AwsConnection,
  clusterId: string,
  spec: Partial<ArtifactSpec> = {},
  // A server of real databases has the versions that it has.
  cluster: Partial<CreateDBClusterMessage> = { EngineVersion: '15.4' },
): Promise<Artifact> {
  const rds = await aws.rds();
  await rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: clusterId,
      DBSubnetGroupDescription: 'of a source',
      SubnetIds: (await listSubnetIds(aws)).slice(0, 3),
    }),
  );
  await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: clusterId,
      Engine: 'aurora-postgresql',
      MasterUsername: 'dba',
      MasterUserPassword: SOURCE_PASSWORD,
      DatabaseName: 'shop',
      DBSubnetGroupName: clusterId,
      Port: 5433,
      BackupRetentionPeriod: 7,
      Tags: [{ Key: 'stage', Value: 'production' }],
      ...cluster,
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: `${clusterId}-writer`,
      DBClusterIdentifier: clusterId,
      DBInstanceClass: 'db.r6g.large',
      Engine: cluster.Engine ?? 'aurora-postgresql',
    }),
  );
  const artifactSpec = { ...SPEC, source: { clusterId }, ...spec };
  return makeArtifact(artifactSpec, await discoverSource(artifactSpec, aws));
}

/** Of one network: an account may have several. */
export async function listSubnetIds(aws: AwsConnection): Promise<string[]> {
  const { Subnets = [] } = await (await aws.ec2()).send(new DescribeSubnetsCommand({}));
  return Subnets.filter(({ VpcId }) => VpcId === Subnets[0]?.VpcId).map(({ SubnetId }) => String(SubnetId));
}

/** Where the account does not go with the test. */
export async function removeSource(aws: AwsConnection, clusterId: string, timeoutMs: number): Promise<void> {
  const rds = await aws.rds();
  for (const { DBInstanceIdentifier } of await listInstances(aws, clusterId)) {
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier }));
  }
  const named = { DBClusterIdentifier: clusterId, SkipFinalSnapshot: true };
  await rds.send(new DeleteDBClusterCommand(named));
  await waitUntil(
    async () => {
      const cluster = await findCluster(aws, clusterId);
      if (cluster === undefined) return { state: 'ready', value: true };
      return { state: 'pending', detail: `status ${cluster.Status}` };
    },
    { phase: `source ${clusterId}`, deadlineMs: performance.now() + timeoutMs },
  );
  await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: clusterId }));
}

export async function waitForSource(
  aws: AwsConnection,
  clusterId: string,
  timeoutMs = 60_000,
): Promise<void> {
  await waitUntil(
    async () => {
      const [writer] = await listInstances(aws, clusterId);
      if (writer?.DBInstanceStatus === 'available') return { state: 'ready', value: writer };
      return { state: 'pending', detail: `status ${writer?.DBInstanceStatus}` };
    },
    { phase: `source ${clusterId}`, deadlineMs: performance.now() + timeoutMs },
  );
}

/** A source of real databases that serves; what is converged from its artifact lets every loopback address in. */
export async function makeLoopbackSource(aws: AwsConnection, clusterId: string): Promise<Artifact> {
  const network = { ...SPEC.network, allowedCidrs: ['127.0.0.0/8'] };
  const artifact = await makeSource(aws, clusterId, { network }, {});
  await waitForSource(aws, clusterId);
  return artifact;
}

export function makeRequest(
  aws: AwsConnection,
  artifact: Artifact,
  changes: Partial<ConvergeRequest> = {},
): ConvergeRequest {
  return {
    aws,
    artifact,
    mode: 'clone',
    runId: 'run-1',
    nowMs: Date.parse('2030-01-01T00:00:00Z'),
    owner: 'alice',
    timeoutSeconds: 60,
    randomBytes,
    patience: { reachMs: 50, passwordMs: 50 },
    ...changes,
  };
}
