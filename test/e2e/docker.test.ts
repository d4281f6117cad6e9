// An artifact as an image, with the tools that people have: Docker, podman, skopeo, a registry. The databases are real.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packArtifact } from '../../src/build/pack-artifact.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import {
  findEngineObstacle,
  startEngine,
  startRegistry,
  type TestEngine,
  type TestRegistry,
} from '../support/image-servers.ts';
import { findLiquibaseProblem, getLiquibase } from '../support/liquibase.ts';
import { describeIfMet } from '../support/needs.ts';
import { type Ended, getOutput, programPath } from '../support/program.ts';
import { findMissingProgram } from '../support/programs.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { makeSampleArtifact } from '../support/sample-artifact.ts';
import { SAMPLE_PROGRAM } from '../support/sample-program.ts';
import { waitFor } from '../support/wait.ts';

const INI = `[source_db]
source_db_cluster_id = shop-prod
[target_db]
subnet_ids = source
instance_type = source
[publisher]
contact = data-team@example.org
`;
const PASSWORD = 'thisisafakepassw0rd';
const obstacle =
  findEngineObstacle() ??
  ['docker', 'docker-registry', 'podman', 'skopeo'].map(findMissingProgram).find((one) => one !== undefined);
const withoutLiquibase = await findLiquibaseProblem();

describeIfMet('containers', obstacle)('an artifact as an image', () => {
  const folder = makeFolder();
  const ini = join(folder, 'shop.ini');
  const awsFolder = join(folder, 'aws');
  let local: LocalRds;
  let source: pg.ClientConfig;
  let engine: TestEngine;
  let registry: TestRegistry;
  let env: NodeJS.ProcessEnv;
  let digest: string;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    [source, engine, registry] = await Promise.all([
      local.makeSource('shop-prod'),
      startEngine(),
      startRegistry(),
    ]);
    await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
    env = { ...local.env, DOCKER_HOST: engine.url };
    writeFileSync(ini, INI);
    copyAwsFiles();
    await getOutput(['build', ini, '--push', `${registry.host}/team/shop:1`], env);
    digest = (await inspect('db-artifact:latest'))['digest'] as string;
  });
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    await local?.close();
    removeFolder(folder);
  });

  /** As a person's ~/.aws is, but readable by the user of the image. */
  function copyAwsFiles(): void {
    mkdirSync(awsFolder);
    const { AWS_CONFIG_FILE = '', AWS_SHARED_CREDENTIALS_FILE = '' } = local.env;
    copyFileSync(AWS_CONFIG_FILE, join(awsFolder, 'config'));
    copyFileSync(AWS_SHARED_CREDENTIALS_FILE, join(awsFolder, 'credentials'));
    for (const file of ['config', 'credentials']) chmodSync(join(awsFolder, file), 0o644);
  }

  /** `docker run` by hand, as 0.1.0 was used. */
  function startContainer(given: Record<string, string>, args: readonly string[], options: string[] = []) {
    const names = Object.keys(given).flatMap((name) => ['-e', name]);
    const mount = ['-v', `${awsFolder}:/home/node/.aws:ro`];
    const words = ['run', '--rm', '--network', 'host', '--read-only', '--cap-drop', 'ALL'];
    words.push(...options, ...names, ...mount, 'db-artifact', ...args);
    const child = spawn('docker', words, { env: { ...env, ...given }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr })),
    );
    return { ended, stderr: () => stderr };
  }

  async function runContainer(given: Record<string, string>, ...args: string[]): Promise<Ended> {
    return await startContainer(given, args).ended;
  }

  async function inspect(image: string): Promise<Record<string, unknown>> {
    return JSON.parse(await getOutput(['inspect', image, '--json'], env)) as Record<string, unknown>;
  }

  async function countOrders(name: string): Promise<unknown> {
    const { Port: port = 0 } = await local.getCluster(name);
    return (await query({ ...source, port, password: PASSWORD }, 'SELECT count(*)::int AS n FROM orders'))[0];
  }

  /** What does not differ between two copies of the same artifact. */
  async function describeCopy(name: string) {
    const { Engine, EngineVersion, DatabaseName, MasterUsername, DBSubnetGroup, BackupRetentionPeriod } =
      await local.getCluster(name);
    const described = { Engine, EngineVersion, DatabaseName, MasterUsername, BackupRetentionPeriod };
    return { ...described, hasOwnSubnets: DBSubnetGroup?.includes(name), orders: await countOrders(name) };
  }

  const GIVEN = { DB_PASSWORD: PASSWORD, AWS_PROFILE: 'db-artifact-local' };

  it('makes a copy by docker run, through the engine, and without one, all equal', async () => {
    const raw = await runContainer(GIVEN, '--name', 'raw');
    expect(raw).toMatchObject({ status: 0 });
    expect(raw.stdout + raw.stderr).not.toContain(PASSWORD);
    const given = { ...env, DB_PASSWORD: PASSWORD };
    await getOutput(['converge', '--name', 'through', '--runtime', 'docker'], given);
    await getOutput(['converge', '--name', 'here', '--runtime', 'none'], given);
    const [first, ...others] = await Promise.all(['raw', 'through', 'here'].map(describeCopy));
    expect(first?.orders).toEqual({ n: 1000 });
    expect(others).toEqual([first, first]);
  });

  it('creates an empty database with CREATE_MODE and DB_USERNAME', async () => {
    const given = { ...GIVEN, CREATE_MODE: 'create', DB_USERNAME: 'shopkeeper' };
    expect(await runContainer(given, '--name', 'fresh')).toMatchObject({ status: 0 });
    expect((await local.getCluster('fresh')).MasterUsername).toBe('shopkeeper');
  });

  it('says at once what the container was not given', async () => {
    const words = [
      'run',
      '--rm',
      '--read-only',
      '-e',
      'CREATE_MODE=copy',
      '--network',
      'none',
      'db-artifact',
    ];
    const child = await run('docker', words);
    expect(child.status).toBe(2);
    expect(child.stderr).toMatch(/DB_PASSWORD/);
    expect(child.stderr).toMatch(/AWS_PROFILE/);
    expect(child.stderr).toMatch(/CREATE_MODE must be clone or create, got "copy"/);
  });

  it('has every command of the program', async () => {
    const [inspected, helped, listed] = await Promise.all([
      runContainer({}, 'inspect', '--json'),
      runContainer({}, '--help'),
      runContainer(GIVEN, 'list', '--json'),
    ]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      artifact: { spec: { source: { clusterId: 'shop-prod' } } },
    });
    expect(helped.stdout).toMatch(/converge.*\n(.*\n)*.*destroy/);
    expect(JSON.parse(listed.stdout).items.length).toBeGreaterThan(0);
  });

  it('names the publisher on stdout when it fails, and the reason on stderr', async () => {
    const bad = { AWS_ACCESS_KEY_ID: 'AKIABAD', AWS_SECRET_ACCESS_KEY: 'bad', AWS_REGION: 'us-east-1' };
    const { AWS_PROFILE: _, ...given } = { ...GIVEN, ...bad };
    const endpoint = /endpoint_url *= *(\S+)/.exec(
      String(execFileSync('cat', [join(awsFolder, 'config')])),
    )?.[1];
    const failed = await runContainer({ ...given, AWS_ENDPOINT_URL: endpoint ?? '' }, '--name', 'never');
    expect(failed.status).toBe(4);
    expect(failed.stdout).toContain('data-team@example.org');
    expect(failed.stderr).toMatch(/^error: /m);
  });

  it('ends in order at docker stop and at Ctrl-C, and the same command goes on', async () => {
    const signals = [
      { words: ['stop', '-t', '20'], expected: 143 },
      { words: ['kill', '--signal', 'INT'], expected: 130 },
    ];
    for (const { words, expected } of signals) {
      const name = `ended-by-${expected}`;
      const container = startContainer(GIVEN, ['--name', name], ['--name', name]);
      await waitFor('the copy is being made', async () => {
        const made = await local.listClusters();
        return made.some(({ DBClusterIdentifier }) => DBClusterIdentifier === name);
      });
      await run('docker', [...words, name]);
      expect([0, expected]).toContain((await container.ended).status);
    }
    expect(await runContainer(GIVEN, '--name', 'ended-by-143')).toMatchObject({ status: 0 });
    expect(await countOrders('ended-by-143')).toEqual({ n: 1000 });
  });

  it('runs with few rights, and its secrets are in no argument', async () => {
    const samplePath = join(folder, 'sample.js');
    writeFileSync(samplePath, SAMPLE_PROGRAM);
    const dataDir = String(env['DB_ARTIFACT_DATA_DIR']);
    const request = { tags: ['sample:1'], stores: [], platforms: [], dataDir, programPath: samplePath, env };
    const packed = await packArtifact(makeSampleArtifact(), request, () => {});
    expect(packed.references).toEqual(['sample:1', 'docker:sample:1']);
    const script = join(import.meta.dirname, '../support/run-image-child.ts');
    const child = await run(
      process.execPath,
      ['--import', 'tsx', script, 'sample:1'],
      env,
      import.meta.dirname,
    );
    expect(JSON.parse(child.stdout)).toEqual({
      args: ['converge', '--db-password-stdin'],
      uid: 1000,
      spec: '/artifact/artifact.json',
      artifact: 'orders',
      inputBytes: 'the password\n'.length,
      credentials: '[default]\naws_access_key_id = x\n',
      region: 'eu-central-1',
      write: 'EROFS',
    });
    expect(child.status).toBe(7);
  });

  it('has one digest wherever, by whom and with whatever settings it is built', async () => {
    const elsewhere = join(folder, 'else', 'where');
    mkdirSync(elsewhere, { recursive: true });
    chmodSync(elsewhere, 0o777);
    copyFileSync(ini, join(elsewhere, 'other.ini'));
    const changed = { TZ: 'Asia/Tokyo', LANG: 'C', HOME: elsewhere };
    const files = { AWS_CONFIG_FILE: 'config', AWS_SHARED_CREDENTIALS_FILE: 'credentials' };
    const paths = Object.fromEntries(Object.entries(files).map(([k, file]) => [k, join(awsFolder, file)]));
    const given = { ...local.env, ...changed, ...paths, DB_ARTIFACT_DATA_DIR: join(elsewhere, 'data') };
    const script = `umask 077; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"`;
    const words = [process.execPath, programPath, 'build', join(elsewhere, 'other.ini'), '--json'];
    const built = await run('sh', ['-c', script, 'sh', ...words], given, elsewhere);
    expect(built.stderr.includes('error')).toBe(false);
    expect(JSON.parse(built.stdout)).toMatchObject({ digest });
  });

  /** Files of a person's home that hold secrets, each with its own. */
  function writeHomeWithCanaries(): { home: string; canaries: readonly string[] } {
    const home = join(folder, 'home');
    const files: Record<string, (canary: string) => string> = {
      '.aws/sso/cache/0a1b.json': (canary) => JSON.stringify({ accessToken: canary, region: 'eu-central-1' }),
      '.aws/cli/cache/2c3d.json': (canary) => JSON.stringify({ Credentials: { SessionToken: canary } }),
      '.aws/process.sh': (canary) => `#!/bin/sh\necho '{"Version":1,"SecretAccessKey":"${canary}"}'\n`,
      '.pgpass': (canary) => `*:*:*:*:${canary}\n`,
      '.my.cnf': (canary) => `[client]\npassword=${canary}\n`,
      '.docker/config.json': (canary) => JSON.stringify({ auths: { 'example.org': { auth: canary } } }),
      '.npmrc': (canary) => `//registry.example.org/:_authToken=${canary}\n`,
    };
    const canaries = Object.entries(files).map(([path, format], index) => {
      const canary = Buffer.from(`user:CANARY-file-${index}-3f1c9`).toString('base64');
      mkdirSync(join(home, dirname(path)), { recursive: true });
      writeFileSync(join(home, path), format(canary));
      return canary;
    });
    return { home, canaries: [...canaries, 'CANARY-file-'] };
  }

  it('holds no secret and no trace of the machine in any byte of it', async () => {
    const words = ['environment', 'password', 'session', 'proxy', 'ini-comment'];
    const [inEnvironment, password, session, proxy, inIni] = words.map((word) => `CANARY-${word}-3f1c9`);
    // Short, but of bytes that no other text has.
    const short = '¤ß§';
    const credentials = readFileSync(join(awsFolder, 'credentials'), 'utf8');
    const secret = /aws_secret_access_key *= *(\S+)/.exec(credentials)?.[1] ?? '';
    const { home, canaries: inFiles } = writeHomeWithCanaries();
    const given = {
      ...env,
      HOME: home,
      PGPASSWORD: short,
      DB_PASSWORD: password,
      DB_ARTIFACT_DB_PASSWORD: password,
      GITHUB_TOKEN: inEnvironment,
      AWS_CANARY: session,
      HTTPS_PROXY: `http://user:${proxy}@127.0.0.1:9`,
    };
    const path = join(folder, 'canary.ini');
    writeFileSync(path, `# password: ${inIni} ${short}\n${INI}`);
    const layout = join(folder, 'canary');
    await getOutput(['build', path, '-t', 'canary:1', '--to', `oci:${layout}`], given);
    const canaries = [inEnvironment, password, session, proxy, inIni, short, secret, folder, ...inFiles];
    if (hostname().length > 5) canaries.push(hostname());
    const blobs = readdirSync(join(layout, 'blobs/sha256'));
    const found = blobs.flatMap((name) => {
      const stored = readFileSync(join(layout, 'blobs/sha256', name));
      const bytes = stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored;
      return canaries.filter((canary) => canary && bytes.includes(canary));
    });
    expect(blobs.length).toBeGreaterThan(7);
    expect(secret.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });

  it('is loaded from its archive by podman and skopeo', async () => {
    const archive = join(folder, 'shop.tar');
    await getOutput(['push', 'db-artifact:latest', archive], env);
    const store = ['--root', join(folder, 'podman'), '--runroot', join(folder, 'podman-run')];
    const storage = [...store, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs'];
    const loaded = await run('podman', [...storage, 'load', '-i', archive]);
    expect(loaded).toMatchObject({ status: 0 });
    for (const kind of ['oci-archive', 'docker-archive']) {
      const seen = await run('skopeo', ['inspect', '--config', `${kind}:${archive}`]);
      expect(JSON.parse(seen.stdout).config.User).toBe('1000:1000');
    }
    await run('podman', [...storage, 'system', 'reset', '--force']);
  });

  it('hands out the masking report of a copy that a container has masked', async () => {
    writeFileSync(join(folder, 'policy.yaml'), 'tables:\n  orders: { columns: { id: hash } }\n');
    const masked = `${INI}[masking]\nmasking_policy_path = policy.yaml\n`;
    writeFileSync(join(folder, 'masked.ini'), masked);
    await getOutput(['build', join(folder, 'masked.ini'), '-t', 'masked:1'], env);
    const given = { ...env, DB_PASSWORD: PASSWORD };
    await getOutput(['converge', 'masked:1', '--name', 'masked', '--runtime', 'docker'], given);
    const path = join(String(env['DB_ARTIFACT_DATA_DIR']), 'copies', 'masked.masking.json');
    expect(JSON.parse(readFileSync(path, 'utf8')).tables).toMatchObject([
      { table: 'public.orders', rows: 1000 },
    ]);
  });

  describeIfMet('liquibase', withoutLiquibase)('with a Liquibase changelog', () => {
    const changelog = (id: number, context: string, sql: string) =>
      `--changeset shop:${id} contextFilter:${context} splitStatements:false\n${sql}\n`;

    it('runs it with the Java of the image, and with the contexts and parameters that are given', async () => {
      const parts = [
        changelog(1, 'all', `CREATE TABLE made AS SELECT '\${who}' AS who;`),
        changelog(2, 'test', 'CREATE TABLE of_tests (id int);'),
        changelog(3, 'production', 'CREATE TABLE of_production (id int);'),
      ];
      writeFileSync(join(folder, 'changelog.sql'), `--liquibase formatted sql\n${parts.join('\n')}`);
      const named = INI.replace('[target_db]', 'liquibase_changelog_path = changelog.sql\n[target_db]');
      const keys = 'liquibase_contexts = all, production\nliquibase_parameters = who=nobody\n';
      writeFileSync(join(folder, 'liquid.ini'), `${named}[schema]\n${keys}`);
      const { home } = await getLiquibase();
      await getOutput(['build', join(folder, 'liquid.ini'), '-t', 'liquid:1'], {
        ...env,
        LIQUIBASE_HOME: home,
      });
      const asked = ['--liquibase-contexts', 'all,test', '--liquibase-parameter', "who=it ''self'', = é"];
      const given = { ...env, DB_PASSWORD: PASSWORD };
      const words = [
        'converge',
        'liquid:1',
        '--name',
        'liquid',
        '--create-mode',
        'create',
        '--db-username',
        'dba',
      ];
      await getOutput([...words, '--runtime', 'docker', ...asked], given);
      const { Port: port = 0, DatabaseName: database } = await local.getCluster('liquid');
      const copy = {
        host: '127.0.0.1',
        port,
        user: 'dba',
        password: PASSWORD,
        database: database ?? 'postgres',
      };
      expect(await query(copy, 'SELECT who FROM made')).toEqual([{ who: "it 'self', = é" }]);
      const tables = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'of_%'";
      expect(await query(copy, tables)).toEqual([{ tablename: 'of_tests' }]);
    });
  });

  it('is pulled and converged by its digest, which skopeo keeps', async () => {
    const remote = `${registry.host}/team/shop@${digest}`;
    expect((await inspect(remote))['digest']).toBe(digest);
    const given = { ...env, DB_PASSWORD: PASSWORD };
    await getOutput(['converge', remote, '--name', 'by-digest'], given);
    expect(await countOrders('by-digest')).toEqual({ n: 1000 });
    await getOutput(['pull', remote, '--tag', 'pulled:1'], env);
    expect((await inspect('pulled:1'))['digest']).toBe(digest);
    const copied = `${registry.host}/copied/shop:1`;
    const flags = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const from = `docker://${registry.host}/team/shop:1`;
    expect(await run('skopeo', ['copy', ...flags, from, `docker://${copied}`])).toMatchObject({ status: 0 });
    expect((await inspect(copied))['digest']).toBe(digest);
  });

  it('is pushed in less than 100 kB when another artifact is there already', async () => {
    writeFileSync(join(folder, 'second.ini'), `${INI}url = https://example.org/second\n`);
    await getOutput(['build', join(folder, 'second.ini'), '-t', 'second:1'], env);
    const pushed = await getOutput(['push', 'second:1', `${registry.host}/team/shop:2`, '--json'], env);
    expect(JSON.parse(pushed).writtenBytes).toBeLessThan(100_000);
  });

  async function run(program: string, args: readonly string[], given = env, cwd = folder): Promise<Ended> {
    const child = spawn(program, args, { env: given, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return await new Promise((resolve) =>
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr })),
    );
  }
});

async function query(config: pg.ClientConfig, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
