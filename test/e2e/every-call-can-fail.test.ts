// At each call of a converge and of a destroy the process is killed. The same command again must end as if nothing had
// happened. DB_ARTIFACT_TEST_EVERY_FAULT=1 tries every call, and every other way in which one can go wrong, over real
// databases; otherwise a sample. The other ways, over a local RDS without engines: any-call-can-fail.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { readArtifact } from '../../src/build/read-artifact.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { FactoryError } from '../../src/errors.ts';
import { getImage } from '../../src/image/find-image.ts';
import { makeRequest } from '../support/account.ts';
import { FAULTS, type FaultKind, type FaultProxy, startFaultProxy } from '../support/aws-fault-proxy.ts';
import { listTagged, readCopyState } from '../support/copy-state.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { getOutput, startDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const NAME = 'unlucky';
const PASSWORD = 'Correct-Horse-42';
const INI =
  '[source_db]\nsource_db_cluster_id = shop\n\n[target_db]\nsubnet_ids = source\ninstance_type = source\n';
const isEvery = process.env['DB_ARTIFACT_TEST_EVERY_FAULT'] === '1';
/** A sample takes every sixth call, beginning with another one for each kind. */
const STRIDE = isEvery ? 1 : 6;
const KINDS = FAULTS.filter((kind) => isEvery || kind.startsWith('kill'));
const TIMEOUT_MS = 45 * 60_000;
/** More than any call to the local RDS takes. */
const ANSWER_MS = 4_000;

/** Where every call goes wrong, no call is ever the last. */
const MOST_PROBLEMS = 5;

type Work = 'converge' | 'destroy';
const silent = () => {};

describe('whichever call fails, the same command again makes it good', () => {
  const folder = makeFolder();
  let local: LocalRds;
  let proxy: FaultProxy;
  let source: pg.ClientConfig;
  let env: NodeJS.ProcessEnv;
  let aws: AwsConnection;
  let artifact: Artifact;
  let usual: unknown;
  let cases = 0;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('shop');
    await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
    writeFileSync(join(folder, 'shop.ini'), INI);
    await local.run('build', join(folder, 'shop.ini'));
    proxy = await startFaultProxy(readEndpoint(local.env));
    env = { ...useEndpoint(local.env, proxy.url, folder), DB_PASSWORD: PASSWORD };
    aws = await connectAws({ env, answerMs: ANSWER_MS });
    const dataDir = String(env['DB_ARTIFACT_DATA_DIR']);
    artifact = await readArtifact(await getImage('db-artifact:latest', { env, dataDir }));
    await getOutput(['converge', '--name', NAME], env);
    usual = await readCopyState(local, NAME);
    await getOutput(['destroy', NAME], env);
    expect(await listTagged(local)).toEqual([]);
  }, 120_000);

  afterAll(async () => {
    process.stderr.write(`${cases} cases of a failing call\n`);
    await proxy?.stop();
    await local?.close();
    removeFolder(folder);
  });

  const works: readonly Work[] = ['converge', 'destroy'];
  const table = works.flatMap((work) => KINDS.map((kind) => ({ work, kind })));

  test.each(table)('$work: $kind', { timeout: TIMEOUT_MS }, async ({ work, kind }) => {
    const problems: string[] = [];
    const first = isEvery ? 1 : 1 + (FAULTS.indexOf(kind) % STRIDE);
    for (let call = first; ; call += STRIDE) {
      const action = await tryCase(work, kind, call).catch(async (error: unknown) => {
        problems.push(`call ${call} (${proxy.calls[call - 1]}): ${describeThrown(error)}`);
        proxy.arm();
        await destroyAnyway();
        return 'failed';
      });
      if (action === undefined || problems.length === MOST_PROBLEMS) break;
      cases += 1;
    }
    expect(problems).toEqual([]);
  });

  /** The action that failed; undefined: there is no such call. */
  async function tryCase(work: Work, kind: FaultKind, call: number): Promise<string | undefined> {
    if (work === 'destroy') await converge();
    const run = kind.startsWith('kill') ? runProgram : runHere;
    await run(work, kind, call);
    const action = proxy.calls[call - 1];
    proxy.arm();
    if (work === 'converge') {
      await runToEnd(work, kind);
      await checkUsual(kind);
    }
    await runToEnd('destroy', kind);
    expect(await listTagged(local)).toEqual([]);
    return action;
  }

  async function checkUsual(kind: FaultKind): Promise<void> {
    const state = await readCopyState(local, NAME);
    // Converged here instead of by the program, it has no image whose digest could be in its tags.
    expect(kind.startsWith('kill') ? state : withoutDigest(state)).toEqual(
      kind.startsWith('kill') ? usual : withoutDigest(usual),
    );
    const { Port: port } = await local.getCluster(NAME);
    const rows = await query(
      { ...source, port, password: PASSWORD },
      'SELECT count(*)::int AS n FROM orders',
    );
    expect(rows).toEqual([{ n: 1000 }]);
  }

  async function converge(): Promise<void> {
    await convergeCopy(
      makeRequest(aws, artifact, { name: NAME, password: PASSWORD, owner: undefined, patience: undefined }),
      silent,
    );
  }

  async function destroy(): Promise<void> {
    await destroyCopy(aws, NAME, { waits: true, timeoutSeconds: 60 }, silent).catch((error: unknown) => {
      // It was gone already, or the converge had rolled back.
      if (!(error instanceof FactoryError) || error.code !== 'NOT_FOUND') throw error;
    });
  }

  async function runHere(work: Work, kind: FaultKind, call: number): Promise<void> {
    proxy.arm({ call, kind });
    const done = work === 'converge' ? converge() : destroy();
    await done.catch((error: unknown) => {
      const isSaid = error instanceof FactoryError && error.code !== 'BUG';
      if (!isSaid) throw error;
    });
  }

  async function runProgram(work: Work, kind: FaultKind, call: number): Promise<void> {
    const { child, ended } = startDbArtifact(listArguments(work), env);
    proxy.arm({
      call,
      kind,
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    });
    await ended;
  }

  async function runToEnd(work: Work, kind: FaultKind): Promise<void> {
    if (kind.startsWith('kill') && work === 'converge') await getOutput(listArguments(work), env);
    else await (work === 'converge' ? converge() : destroy());
  }

  async function destroyAnyway(): Promise<void> {
    await destroy().catch(silent);
    if ((await listTagged(local)).length > 0) await getOutput(['destroy', NAME], env).catch(silent);
  }
});

function listArguments(work: Work): readonly string[] {
  return work === 'converge' ? ['converge', '--name', NAME] : ['destroy', NAME];
}

function readEndpoint({ AWS_CONFIG_FILE = '' }: NodeJS.ProcessEnv): string {
  return /^endpoint_url *= *(.+)$/m.exec(readFileSync(AWS_CONFIG_FILE, 'utf8'))?.[1]?.trim() ?? '';
}

/** The same profile with another endpoint. */
function useEndpoint(env: NodeJS.ProcessEnv, url: string, folder: string): NodeJS.ProcessEnv {
  const text = readFileSync(String(env['AWS_CONFIG_FILE']), 'utf8');
  const AWS_CONFIG_FILE = join(folder, 'aws-config-of-proxy');
  writeFileSync(AWS_CONFIG_FILE, text.replace(/^(endpoint_url *= *).+$/m, `$1${url}`));
  return { ...env, AWS_CONFIG_FILE };
}

function withoutDigest(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state), (_key, value: unknown) =>
    Array.isArray(value) ? value.filter((item) => !String(item).startsWith('db-artifact:artifact=')) : value,
  );
}

function describeThrown(error: unknown): string {
  if (!(error instanceof FactoryError)) return String((error as Error).stack ?? error);
  return `${error.code} ${error.message} ${error.problems.join('; ')} ${error.hint}`;
}

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
