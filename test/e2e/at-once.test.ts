// Several processes at once: converging under one name, and collecting.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSecurityGroupCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { AddTagsToResourceCommand, CreateDBSubnetGroupCommand } from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listTagged } from '../support/copy-state.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type Ended, getOutput, startDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitUntil } from '../support/wait-until.ts';

const INI =
  '[source_db]\nsource_db_cluster_id = shop\n\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';

interface Item {
  readonly name: string;
  readonly outcome: string;
  readonly reason: string;
}

describe('several processes at once', () => {
  const folder = makeFolder();
  const image = `oci:${join(folder, 'image')}`;
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
    for (const name of ['ten', 'two', 'killed']) await local.run('destroy', name);
    await Promise.all(
      ['old-1', 'old-2', 'old-3', 'old-4'].map((name) =>
        getOutput(['converge', image, '--name', name, '--ttl', '1s', '--timeout', '1h'], local.env),
      ),
    );
    await makeHalf('half');
    await makeGroups('groups');
    await getOutput(['converge', image, '--name', 'young'], local.env);
    await getOutput(['converge', image, '--name', 'kept', '--ttl', '1s'], local.env);
    await local.run('protect', 'kept', '--for', '1d');
    const due = ['groups', 'half', 'old-1', 'old-2', 'old-3', 'old-4'];
    const dry = JSON.parse(await local.run('gc', '--dry-run', '--json')).items as Item[];
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

  /** As a run leaves it that was killed an hour ago. */
  async function makeHalf(name: string): Promise<void> {
    const { child, ended } = startDbArtifact(['converge', image, '--name', name], local.env);
    await waitUntil('a cluster', async () => await findStatus(name));
    child.kill('SIGKILL');
    await ended;
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
