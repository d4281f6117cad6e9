import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { runDbArtifact } from '../support/program.ts';
import { type LocalRds, makeEnvironment, startLocalRds } from '../support/running-rds.ts';

const GOOD_INI =
  '[source_db]\nsource_db_cluster_id = source\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';

describe('bad input gets one clear error and touches nothing', () => {
  const folder = makeFolder();
  let local: LocalRds;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    await local.makeSource('source');
    writeFileSync(join(folder, 'good.ini'), GOOD_INI);
    await local.run('build', join(folder, 'good.ini'));
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  async function expectError(
    args: readonly string[],
    status: number,
    message: RegExp,
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const ended = await runDbArtifact(args, { ...local.env, ...env });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(ended.status, ended.stderr).toBe(status);
    const left = (await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier);
    expect(left).toEqual(['source']);
  }

  it('no such INI file', async () => {
    await expectError(['build', join(folder, 'none.ini')], 2, /none\.ini.*(no such file|does not exist)/i);
  });

  it('an INI file with several problems: all of them, each with its line', async () => {
    const path = join(folder, 'bad.ini');
    writeFileSync(
      path,
      '[source_db]\nsource_db_cluster = x\n\n[target_db]\nsubnet_ids = moo cow\ninstance_type = big\n',
    );
    await expectError(['build', path], 2, /bad\.ini:2: .*source_db_cluster_id/);
    await expectError(['build', path], 2, /bad\.ini:5: .*moo cow/);
    await expectError(['build', path], 2, /bad\.ini:6: .*big/);
  });

  it('an empty INI file', async () => {
    writeFileSync(join(folder, 'empty.ini'), '');
    await expectError(['build', join(folder, 'empty.ini')], 2, /empty\.ini.*source_db/s);
  });

  it('a source cluster that does not exist', async () => {
    const path = join(folder, 'unknown.ini');
    writeFileSync(path, GOOD_INI.replace('= source', '= nowhere'));
    await expectError(['build', path], 3, /nowhere/);
  });

  it('an endpoint where nothing listens', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    await expectError(['list'], 1, /127\.0\.0\.1:1/, env);
  });

  it('no credentials', async () => {
    const env = {
      AWS_PROFILE: '',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    };
    await expectError(['list'], 4, /credentials/i, { ...env, AWS_REGION: 'eu-west-1' });
  });

  it('an unknown profile', async () => {
    await expectError(['list', '--aws-profile', 'nobody-has-it'], 4, /nobody-has-it/);
  });

  it('a password that the engine would refuse', async () => {
    await expectError(['converge', '--name', 'bad'], 2, /password/i, { DB_PASSWORD: 'short' });
    await expectError(['converge', '--name', 'bad'], 2, /password/i, { DB_PASSWORD: 'with/slash@and"quote' });
  });

  it('a name that belongs to something else', async () => {
    await expectError(['converge', '--name', 'source'], 6, /source/);
  });

  it('a name that is none', async () => {
    await expectError(['converge', '--name', 'two--dashes'], 2, /two--dashes/);
  });

  it('an image that is not there', async () => {
    await expectError(['converge', 'nothing:1', '--name', 'x'], 3, /nothing:1/);
  });

  it('an unknown command and an unknown flag, with a suggestion', async () => {
    await expectError(['convrge'], 2, /converge/);
    await expectError(['converge', '--nmae', 'x'], 2, /--name/);
  });

  it('a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const other = makeEnvironment(join(folder, 'other'));
    mkdirSync(join(folder, 'other'));
    const ended = await runDbArtifact(['local', 'up', '--port', String(port)], other);
    server.close();
    expect(ended.stderr).toMatch(new RegExp(`${port}.*in use`, 'i'));
    expect(ended.status).toBe(7);
  });

  it('a second server on the same data folder', async () => {
    const again = await runDbArtifact(['local', 'up', '--foreground', '--port', '0'], local.env);
    expect(again.stderr).toMatch(/in use by the process/i);
    expect(again.status).toBe(7);
  });

  it('a data folder that cannot be made', async () => {
    const env = { ...makeEnvironment(folder), DB_ARTIFACT_DATA_DIR: join(folder, 'good.ini/data') };
    const ended = await runDbArtifact(['local', 'up', '--port', '0'], env);
    expect(ended.stderr).toMatch(/good\.ini/);
    expect(ended.status).toBe(1);
  });

  it('a state file that is damaged', async () => {
    const place = join(folder, 'damaged');
    const env = makeEnvironment(place);
    mkdirSync(join(place, 'data/local/records/clusters'), { recursive: true });
    chmodSync(place, 0o755);
    writeFileSync(join(place, 'data/local/records/clusters/x.json'), '{"id": "x", ');
    const ended = await runDbArtifact(['local', 'up', '--port', '0'], env);
    expect(ended.stderr).toMatch(/x\.json/);
    expect(ended.status).toBe(1);
  });

  it('an engine that is missing', async () => {
    const env = makeEnvironment(join(folder, 'engineless'));
    mkdirSync(join(folder, 'engineless'));
    const ended = await runDbArtifact(['local', 'up', '--port', '0', '--postgres-bin', '/nonexistent'], env);
    expect(ended.stderr).toMatch(/\/nonexistent/);
    expect([1, 2]).toContain(ended.status);
  });
});
