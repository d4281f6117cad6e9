// Several processes at once: converging under one name, and collecting.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSecurityGroupCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { AddTagsToResourceCommand, CreateDBSubnetGroupCommand } from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { getArtifact } from '../../src/commands/artifacts.ts';
import { findFolders } from '../../src/commands/folders.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { collectCopies } from '../../src/copies/collect.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { protectCopy } from '../../src/copies/keep.ts';
import { listCopies } from '../../src/copies/list.ts';
import { makeRequest } from '../support/account.ts';
import { listTagged } from '../support/copy-state.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type Ended, getOutput, startDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitUntil } from '../support/wait-until.ts';

const INI =
  '[source_db]\nsource_db_cluster_id = shop\n\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';

const DAY_MS = 86_400_000;
const YESTERDAY_MS = Date.now() - DAY_MS;
const WAIT = { waits: true, timeoutSeconds: 60 };
const silent = () => {};

interface Item {
  readonly name: string;
  readonly outcome: string;
  readonly reason: string;
}

describe('several processes at once', () => {
  const folder = makeFolder();
  const image = `oci:${join(folder, 'image')}`;
  const folders = findFolders(
    { DB_ARTIFACT_DATA_DIR: join(folder, 'data') },
    { homeDir: folder, isRoot: false },
  );
  let local: LocalRds;
  /** Another machine shares the endpoint and nothing else. */
  let elsewhere: NodeJS.ProcessEnv;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    await local.makeSource('shop');
    writeFileSync(join(folder, 'shop.ini'), INI);
    await local.run('build', join(folder, 'shop.ini'), '--to', image);
    elsewhere = { ...local.env, DB_ARTIFACT_DATA_DIR: join(folder, 'another') };
  });

  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  const startAll = async (envs: readonly NodeJS.ProcessEnv[], args: readonly string[]): Promise<Ended[]> =>
    await Promise.all(envs.map(async (env) => await startDbArtifact(args, env).ended));

  test('ten converges under one name make one copy, whose one password all of them tell', async () => {
    const ended = await startAll(Array(10).fill(local.env), [
      'converge',
      image,
      '--name',
      'ten',
      '-o',
      'url',
    ]);
    expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      ended.map(({ stderr }) => ({ status: 0, stderr })),
    );
    const urls = new Set(ended.map(({ stdout }) => stdout.trim()));
    expect(urls.size).toBe(1);
    expect(await logIn([...urls][0])).toBe(1);
    expect(ended.map(({ stderr }) => stderr).join()).not.toContain('was given a new one');
    expect((await local.listClusters()).map((it) => it.DBClusterIdentifier).sort()).toEqual(['shop', 'ten']);
  });

  test('two machines make one copy, and the later one leaves its password alone', async () => {
    const ended = await startAll([local.env, elsewhere], ['converge', image, '--name', 'two', '-o', 'json']);
    expect(ended.map(({ status }) => status)).toEqual([0, 0]);
    const results = ended.map(({ stdout }) => JSON.parse(stdout));
    expect(new Set(results.map(({ copy }) => copy.resourceId)).size).toBe(1);
    expect(results.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    const [first, second] = results[0].isNew ? [local.env, elsewhere] : [elsewhere, local.env];
    const later = results.find(({ isNew }) => !isNew);
    expect(later.warnings.join()).toContain('generated its password and keeps it');
    expect(await logIn(await getOutput(['url', 'two'], first))).toBe(1);
    await expect(getOutput(['url', 'two'], second)).rejects.toThrow('not known on this machine');
  });

  test('a converge that was killed is resumed at once by the same machine, and waited for by another', async () => {
    const { child, ended } = startDbArtifact(['converge', image, '--name', 'killed'], local.env);
    await waitUntil('a cluster', async () => await findStatus('killed'));
    child.kill('SIGKILL');
    await ended;
    const waiting = await startDbArtifact(
      ['converge', image, '--name', 'killed', '--timeout', '1s'],
      elsewhere,
    ).ended;
    expect(waiting).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('other run that makes killed'),
    });
    const url = await getOutput(['converge', image, '--name', 'killed', '-o', 'url'], local.env);
    expect(await logIn(url)).toBe(1);
  });

  test('five collectors remove each copy once, each is told by one of them, and nothing is left', async () => {
    const aws = await connectAws({ env: local.env });
    const there = await listCopies(aws);
    await Promise.all(there.map(async ({ name }) => await destroyCopy(aws, name, WAIT, silent)));
    const old = ['old-1', 'old-2', 'old-3', 'old-4'];
    await Promise.all(old.map(async (name) => await make(aws, name, YESTERDAY_MS)));
    await make(aws, 'half', Date.now());
    await tagAsHalfMade('half');
    await makeGroups('groups');
    await make(aws, 'young', Date.now());
    await make(aws, 'kept', YESTERDAY_MS);
    await protectCopy(aws, 'kept', Date.now() + DAY_MS);
    const due = ['groups', 'half', ...old];
    const dry = await collectCopies(aws, { isDryRun: true, nowMs: Date.now() }, silent);
    expect(dry.filter(({ outcome }) => outcome === 'due').map(({ name }) => name)).toEqual(
      expect.arrayContaining(due),
    );
    const before = await listTagged(local);

    const ended = await startAll([local.env, elsewhere, local.env, elsewhere, local.env], ['gc', '--json']);
    expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      ended.map(({ stderr }) => ({ status: 0, stderr })),
    );
    const items = ended.flatMap(({ stdout }) => JSON.parse(stdout).items as Item[]);
    const removed = items.filter(({ outcome }) => outcome === 'removed');
    const copies = removed.filter(({ reason }) => reason !== 'orphaned').map(({ name }) => name);
    expect(copies.sort()).toEqual(due.filter((name) => name !== 'groups'));
    expect(new Set(items.map(({ outcome }) => outcome))).not.toContain('failed');
    const outcomes = new Set(items.filter(({ name }) => name === 'kept').map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(['protected']);
    expect(await listTagged(local)).toEqual(before.filter((it) => /young|kept/.test(it)));
  });

  /** Undefined: there is no such cluster. */
  async function findStatus(name: string): Promise<string | undefined> {
    return (await local.listClusters()).find((it) => it.DBClusterIdentifier === name)?.Status;
  }

  /** Made by this process: only what is raced is worth a process of its own. */
  async function make(aws: AwsConnection, name: string, nowMs: number): Promise<void> {
    const { artifact } = await getArtifact({ env: local.env, folders }, image);
    await convergeCopy(makeRequest(aws, artifact, { name, nowMs, ttlSeconds: DAY_MS / 2000 }), silent);
  }

  /** As a run leaves it that was killed an hour ago. */
  async function tagAsHalfMade(name: string): Promise<void> {
    const { DBClusterArn: ResourceName } = await local.getCluster(name);
    const Tags = [{ Key: 'db-artifact:making', Value: '2020-01-01T00:00:00Z some-run' }];
    await local.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  }

  async function makeGroups(name: string): Promise<void> {
    const Tags = Object.entries({ name, owner: 'alice', making: '2020-01-01T00:00:00Z some-run' }).map(
      ([key, Value]) => ({ Key: `db-artifact:${key}`, Value }),
    );
    const { Subnets = [] } = await local.ec2.send(new DescribeSubnetsCommand({}));
    await local.rds.send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName: name,
        DBSubnetGroupDescription: `Database copy ${name}`,
        SubnetIds: Subnets.map(({ SubnetId }) => String(SubnetId)),
        Tags,
      }),
    );
    await local.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: 'of a copy',
        VpcId: Subnets[0]?.VpcId,
        TagSpecifications: [{ ResourceType: 'security-group', Tags }],
      }),
    );
  }
});

async function logIn(url = ''): Promise<number> {
  const client = new pg.Client({ connectionString: url.trim() });
  await client.connect();
  try {
    return Number((await client.query('SELECT 1 AS one')).rows[0]?.one);
  } finally {
    await client.end();
  }
}
