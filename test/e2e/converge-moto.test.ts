import { CreateDBClusterCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { listSecurityGroups } from '../../src/aws/ec2.ts';
import { findTaggedSubnetGroup } from '../../src/aws/groups.ts';
import { findCluster, listInstances } from '../../src/aws/rds.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { planCopy } from '../../src/converge/plan.ts';
import type { ConvergeRequest } from '../../src/converge/request.ts';
import { collectCopies } from '../../src/copies/collect.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { extendCopy, protectCopy } from '../../src/copies/keep.ts';
import { findCopy, getCopy, listCopies } from '../../src/copies/list.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { makeRequest, makeSource } from '../support/account.ts';
import { findMotoProblem, type Moto, startMoto } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';
import { listChanges, recordRequests, type SentRequest } from '../support/recorder.ts';

const silent = () => {};
const DESTROY = { waits: true, timeoutSeconds: 30 };

describeIfMet('moto', findMotoProblem())('converging a clone over the AWS API', () => {
  let moto: Moto;
  let aws: AwsConnection;
  let artifact: Artifact;

  beforeAll(async () => {
    moto = await startMoto();
    aws = await connectAws({ env: moto.env });
    artifact = await makeSource(aws, 'shop');
  });

  afterAll(async () => await moto?.stop());

  const request = (name: string, changes: Partial<ConvergeRequest> = {}) =>
    makeRequest(aws, artifact, { name, ...changes });

  test('discovers the source as it is', () => {
    expect(artifact.discovered).toMatchObject({
      engine: 'aurora-postgresql',
      engineVersion: '15.4',
      port: 5433,
      databaseName: 'shop',
      instanceClass: 'db.r6g.large',
      isPubliclyAccessible: false,
      maintenance: { backupRetentionDays: 7 },
    });
    expect(artifact.discovered.subnets).toHaveLength(3);
  });

  test('a plan names what it would make and changes nothing', async () => {
    const sent = await recordRequests(aws);
    const plan = await planCopy(request('planned'));
    expect(plan.steps.map(({ action }) => action)).toEqual(Array(6).fill('make'));
    expect(plan.cidrs).toEqual(['127.0.0.1/32']);
    expect(listChanges(sent)).toEqual([]);
  });

  test('restores copy-on-write with every setting sent, since none follows the source by itself', async () => {
    const sent = await recordRequests(aws);
    const result = await convergeCopy(request('alpha', { artifactDigest: 'sha256:abc' }), silent);
    expect(result).toMatchObject({ isNew: true, copy: { name: 'alpha', owner: 'alice', sourceId: 'shop' } });
    const [group] = await listSecurityGroups(aws, 'alpha');
    expect(getInput(sent, 'RestoreDBClusterToPointInTime')).toMatchObject({
      DBClusterIdentifier: 'alpha',
      SourceDBClusterIdentifier: 'shop',
      RestoreType: 'copy-on-write',
      UseLatestRestorableTime: true,
      DBSubnetGroupName: 'alpha',
      VpcSecurityGroupIds: [group?.GroupId],
      Port: 5433,
      DBClusterParameterGroupName: artifact.discovered.maintenance.clusterParameterGroup,
      StorageType: 'aurora',
      NetworkType: 'IPV4',
      EnableIAMDatabaseAuthentication: false,
      EnableCloudwatchLogsExports: [],
      DeletionProtection: false,
      CopyTagsToSnapshot: false,
      Tags: [
        { Key: 'team', Value: 'shop' },
        { Key: 'db-artifact:name', Value: 'alpha' },
        { Key: 'db-artifact:run', Value: 'run-1' },
        { Key: 'db-artifact:owner', Value: 'alice' },
        { Key: 'db-artifact:source', Value: 'shop' },
        { Key: 'db-artifact:source-resource', Value: (await findCluster(aws, 'shop'))?.DbClusterResourceId },
        { Key: 'db-artifact:mode', Value: 'clone' },
        { Key: 'db-artifact:artifact', Value: 'sha256:abc' },
        { Key: 'db-artifact:created', Value: '2030-01-01T00:00:00Z' },
        { Key: 'db-artifact:expires', Value: '2030-01-01T08:00:00Z' },
        { Key: 'db-artifact:max-ttl', Value: '604800' },
        { Key: 'db-artifact:making', Value: '2030-01-01T01:00:00Z run-1' },
      ],
    });
    expect(getInput(sent, 'CreateDBInstance')).toMatchObject({
      DBInstanceIdentifier: 'alpha-1',
      DBClusterIdentifier: 'alpha',
      DBInstanceClass: 'db.r6g.large',
      PubliclyAccessible: false,
      PromotionTier: 0,
    });
  });

  test('makes the cluster, then sets the password, then makes the writer', async () => {
    const sent = await recordRequests(aws);
    await convergeCopy(request('beta'), silent);
    const order = listChanges(sent).map(({ action }) => action);
    expect(order.slice(0, 2).sort()).toEqual(['CreateDBSubnetGroup', 'CreateSecurityGroup']);
    expect(order.slice(2).filter((action) => action !== 'AuthorizeSecurityGroupIngress')).toEqual([
      'RestoreDBClusterToPointInTime',
      'ModifyDBCluster',
      'CreateDBInstance',
      'RemoveTagsFromResource',
    ]);
  });

  test('lets in the machine that converges and nobody else', async () => {
    const sent = await recordRequests(aws);
    await convergeCopy(request('gamma'), silent);
    const inputs = sent.filter(({ action }) => action === 'AuthorizeSecurityGroupIngress');
    expect(inputs.map(({ input }) => input['IpPermissions'])).toEqual([
      [{ IpProtocol: 'tcp', FromPort: 5433, ToPort: 5433, IpRanges: [{ CidrIp: '127.0.0.1/32' }] }],
    ]);
  });

  test('sends the password in one request only and shows it in no event', async () => {
    const sent = await recordRequests(aws);
    const events: ProgressEvent[] = [];
    const password = 'Correct-Horse-42';
    const result = await convergeCopy(request('delta', { password }), (event) => events.push(event));
    const holders = sent.filter(({ input }) => JSON.stringify(input).includes(password));
    expect(holders.map(({ action }) => action)).toEqual(['ModifyDBCluster']);
    expect(JSON.stringify(events)).not.toContain(password);
    expect(JSON.stringify(result.copy)).not.toContain(password);
    expect(result.connection.password).toBe(password);
  });

  test('says that the login was not tried where the endpoint cannot be reached', async () => {
    const result = await convergeCopy(request('epsilon'), silent);
    expect(result.warnings.join('\n')).toContain('cannot be reached from here');
  });

  test('the same command again attaches to the copy', async () => {
    const first = await convergeCopy(request('zeta'), silent);
    const sent = await recordRequests(aws);
    const again = await convergeCopy(request('zeta', { runId: 'run-2' }), silent);
    expect(again.isNew).toBe(false);
    expect(again.copy.resourceId).toBe(first.copy.resourceId);
    expect(listChanges(sent).map(({ action }) => action)).toEqual(['ModifyDBCluster']);
    expect(again.warnings.join('\n')).toContain('was given a new one');
  });

  test('interrupted, it stops; the same command goes on from there', async () => {
    const controller = new AbortController();
    const stopAtInstances = (event: ProgressEvent) => {
      if (event.type === 'phase' && event.phase.startsWith('instances')) controller.abort();
    };
    const interrupted = convergeCopy(request('eta', { signal: controller.signal }), stopAtInstances);
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const half = await getCopy(aws, 'eta');
    expect(half.instances).toEqual([]);
    const sent = await recordRequests(aws);
    const result = await convergeCopy(request('eta'), silent);
    expect(result.copy.resourceId).toBe(half.resourceId);
    expect(listChanges(sent).map(({ action }) => action)).toEqual([
      'AddTagsToResource',
      'ModifyDBCluster',
      'CreateDBInstance',
      'RemoveTagsFromResource',
    ]);
  });

  test('a failure rolls back what was made and leaves the source as it was', async () => {
    const before = await findCluster(aws, 'shop');
    const broken = withInstanceParameterGroup(artifact, 'no-such-group');
    const failing = convergeCopy(request('theta', { artifact: broken }), silent);
    await expect(failing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      problems: [expect.stringContaining('removed again')],
    });
    expect(await findLeftovers(aws, 'theta')).toEqual([]);
    const after = await findCluster(aws, 'shop');
    expect({ ...after, LatestRestorableTime: null }).toEqual({ ...before, LatestRestorableTime: null });
  });

  test('a failure keeps what was made where that is asked for, and destroy removes it', async () => {
    const broken = withInstanceParameterGroup(artifact, 'no-such-group');
    const failing = convergeCopy(request('iota', { artifact: broken, keepFailed: true }), silent);
    await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await findCopy(aws, 'iota')).toMatchObject({ name: 'iota', instances: [] });
    await destroyCopy(aws, 'iota', DESTROY, silent);
    expect(await findLeftovers(aws, 'iota')).toEqual([]);
  });

  test('refuses the name of the source, before anything is made', async () => {
    const sent = await recordRequests(aws);
    await expect(convergeCopy(request('shop'), silent)).rejects.toMatchObject({ code: 'IS_SOURCE' });
    expect(listChanges(sent)).toEqual([]);
  });

  test('refuses the name of a cluster that is not a copy', async () => {
    await (await aws.rds()).send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'payroll',
        Engine: 'aurora-postgresql',
        MasterUsername: 'dba',
        MasterUserPassword: 'another-password',
      }),
    );
    const sent = await recordRequests(aws);
    await expect(convergeCopy(request('payroll'), silent)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(destroyCopy(aws, 'payroll', DESTROY, silent)).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(destroyCopy(aws, 'shop', DESTROY, silent)).rejects.toMatchObject({ code: 'REFUSED' });
    expect(listChanges(sent)).toEqual([]);
  });

  test("refuses another owner's copy of the same name", async () => {
    await convergeCopy(request('kappa'), silent);
    const other = convergeCopy(request('kappa', { owner: 'bob' }), silent);
    await expect(other).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(await findCopy(aws, 'kappa')).toMatchObject({ owner: 'alice' });
  });

  test('a copy of a copy is a copy of its own', async () => {
    const first = await convergeCopy(request('lambda'), silent);
    const source = { clusterId: 'lambda' };
    const second = { ...artifact, spec: { ...artifact.spec, source } };
    const result = await convergeCopy(request('lambda-child', { artifact: second }), silent);
    expect(result.copy).toMatchObject({ name: 'lambda-child', sourceId: 'lambda' });
    await destroyCopy(aws, 'lambda-child', DESTROY, silent);
    expect((await getCopy(aws, 'lambda')).resourceId).toBe(first.copy.resourceId);
  });

  test('the default name is the source and the owner', async () => {
    const { name: _, ...unnamed } = request('unnamed');
    expect((await planCopy({ ...unnamed, owner: 'alice@example.com' })).name).toBe('shop-alice-example-com');
  });

  test('destroys everything that was made for a copy and nothing else', async () => {
    await convergeCopy(request('mu'), silent);
    const others = (await listCopies(aws)).map(({ name }) => name).filter((name) => name !== 'mu');
    await destroyCopy(aws, 'mu', DESTROY, silent);
    expect(await findLeftovers(aws, 'mu')).toEqual([]);
    expect((await listCopies(aws)).map(({ name }) => name)).toEqual(others);
    await expect(destroyCopy(aws, 'mu', DESTROY, silent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('destroys a copy that RDS protects from deletion', async () => {
    const maintenance = { ...artifact.spec.maintenance, hasDeletionProtection: true };
    const guarded = { ...artifact, spec: { ...artifact.spec, maintenance } };
    await convergeCopy(request('nu', { artifact: guarded }), silent);
    await destroyCopy(aws, 'nu', DESTROY, silent);
    expect(await findLeftovers(aws, 'nu')).toEqual([]);
  });

  test('extends the life of a copy, within what the artifact allows', async () => {
    await convergeCopy(request('xi'), silent);
    const nowMs = Date.parse('2030-01-02T00:00:00Z');
    expect(await extendCopy(aws, 'xi', 86_400, nowMs)).toMatchObject({ expiresAt: '2030-01-03T00:00:00Z' });
    const tooLong = extendCopy(aws, 'xi', 604_801, nowMs);
    await expect(tooLong).rejects.toMatchObject({ code: 'BAD_INVOCATION' });
  });

  test('collects what has expired, but nothing that is protected or alive', async () => {
    const nowMs = Date.parse('2040-01-01T00:00:00Z');
    await convergeCopy(request('omicron', { ttlSeconds: 60 }), silent);
    await convergeCopy(request('pi', { nowMs }), silent);
    await convergeCopy(request('rho', { ttlSeconds: 60 }), silent);
    await protectCopy(aws, 'rho', Date.parse('2041-01-01T00:00:00Z'));
    await expect(destroyCopy(aws, 'rho', { ...DESTROY, nowMs }, silent)).rejects.toMatchObject({
      code: 'REFUSED',
    });
    const dry = await collectCopies(aws, { isDryRun: true, nowMs }, silent);
    expect(dry.find(({ name }) => name === 'omicron')?.outcome).toBe('due');
    const collected = await collectCopies(aws, { isDryRun: false, nowMs }, silent);
    expect(collected.every(({ outcome }) => outcome === 'removed' || outcome === 'protected')).toBe(true);
    expect((await listCopies(aws)).map(({ name }) => name)).toEqual(['pi', 'rho']);
  });
});

function getInput(sent: readonly SentRequest[], action: string): Record<string, unknown> | undefined {
  return sent.find((request) => request.action === action)?.input;
}

function withInstanceParameterGroup(artifact: Artifact, instanceParameterGroup: string): Artifact {
  const maintenance = { ...artifact.spec.maintenance, instanceParameterGroup };
  return { ...artifact, spec: { ...artifact.spec, maintenance } };
}

async function findLeftovers(aws: AwsConnection, name: string): Promise<string[]> {
  const [cluster, instances, subnetGroup, securityGroups] = await Promise.all([
    findCluster(aws, name),
    listInstances(aws, name),
    findTaggedSubnetGroup(aws, name),
    listSecurityGroups(aws, name),
  ]);
  return [
    ...(cluster ? ['cluster'] : []),
    ...instances.map(({ DBInstanceIdentifier }) => String(DBInstanceIdentifier)),
    ...(subnetGroup ? ['subnet group'] : []),
    ...securityGroups.map(({ GroupId }) => String(GroupId)),
  ];
}
