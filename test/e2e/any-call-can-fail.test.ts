// Each call of converging (both modes) and of destroying goes wrong once, in each of several ways, over a local RDS without
// engines: all that counts here is which resources there are. Killed processes and real databases: every-call-can-fail.
// DB_ARTIFACT_TEST_EVERY_FAULT=1 tries every call; otherwise every third, beginning with another one for each kind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { Mode } from '../../src/artifact/spec.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { FactoryError } from '../../src/errors.ts';
import { makeRequest, makeSource, waitForSource } from '../support/account.ts';
import { FAULTS, type FaultKind, type FaultProxy, startFaultProxy } from '../support/aws-fault-proxy.ts';
import { listOwned, readCopyState } from '../support/copy-state.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

const KINDS = FAULTS.filter((kind) => !kind.startsWith('kill'));
/** More than any call takes, also when many run at once. */
const ANSWER_MS = 1500;
const AT_ONCE = 6;
const STRIDE = process.env['DB_ARTIFACT_TEST_EVERY_FAULT'] === '1' ? 1 : 3;
const TIMEOUT_MS = 20 * 60_000;
const PASSWORD = 'Correct-Horse-42';

type Work = Mode | 'destroy';
const WORKS: readonly Work[] = ['clone', 'create', 'destroy'];
const silent = () => {};

interface Case {
  readonly work: Work;
  readonly kind: FaultKind;
  readonly call: number;
  /** Of the copy. */
  readonly name: string;
}

describe('whichever call fails, the same command again makes it good', () => {
  let local: TestRds;
  let artifact: Artifact;
  let aws: AwsConnection;
  /** What an undisturbed run makes, and how many calls it takes. */
  const usual = new Map<Work, { readonly state: unknown; readonly calls: number }>();
  let cases = 0;

  beforeAll(async () => {
    local = await startTestRds({}, openFakeDatabases);
    aws = await connect(local.server.url);
    artifact = await makeSource(aws, 'shop', {}, {});
    await waitForSource(aws, 'shop');
    for (const work of WORKS) usual.set(work, await runUndisturbed(work));
  });

  afterAll(async () => {
    process.stderr.write(`${cases} cases of a failing call\n`);
    await local?.[Symbol.asyncDispose]();
  });

  test.each(WORKS.flatMap((work) => KINDS.map((kind) => ({ work, kind }))))(
    '$work: $kind',
    { timeout: TIMEOUT_MS },
    async ({ work, kind }) => {
      const { calls = 0 } = usual.get(work) ?? {};
      const queue = listCases(work, kind, calls).values();
      const problems: string[] = [];
      const tryAll = async (): Promise<void> => {
        for (const one of queue) {
          cases += 1;
          await tryCase(one).catch((error: unknown) =>
            problems.push(`call ${one.call}: ${describeThrown(error)}`),
          );
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, tryAll));
      expect(problems).toEqual([]);
      expect(calls).toBeGreaterThan(3);
    },
  );

  async function tryCase({ work, kind, call, name }: Case): Promise<void> {
    const proxy = await startFaultProxy(local.server.url);
    try {
      const disturbed = await connect(proxy.url);
      if (work === 'destroy') await converge(aws, 'clone', name);
      proxy.arm({ call, kind });
      await run(disturbed, work, name).catch((error: unknown) => {
        if (!(error instanceof FactoryError) || error.code === 'BUG') throw error;
      });
      proxy.arm();
      if (work !== 'destroy') {
        await run(disturbed, work, name);
        expect(await readState(name)).toEqual(usual.get(work)?.state);
      }
      await run(disturbed, 'destroy', name);
      expect(await listOwned(aws, name)).toEqual([]);
    } finally {
      await proxy.stop();
    }
  }

  async function runUndisturbed(work: Work) {
    const proxy: FaultProxy = await startFaultProxy(local.server.url);
    try {
      const name = `usual-${work}`;
      if (work === 'destroy') await converge(aws, 'clone', name);
      proxy.arm();
      await run(await connect(proxy.url), work, name);
      const calls = proxy.calls.length;
      const state = await readState(name);
      if (work !== 'destroy') await run(aws, 'destroy', name);
      return { state, calls };
    } finally {
      await proxy.stop();
    }
  }

  async function run(connection: AwsConnection, work: Work, name: string): Promise<void> {
    if (work !== 'destroy') return await converge(connection, work, name);
    await destroyCopy(connection, name, { waits: true, timeoutSeconds: 60 }, silent).catch(
      (error: unknown) => {
        // It was gone already, or the converge had rolled back.
        if (!(error instanceof FactoryError) || error.code !== 'NOT_FOUND') throw error;
      },
    );
  }

  async function converge(connection: AwsConnection, mode: Mode, name: string): Promise<void> {
    const patience = { reachMs: 1, passwordMs: 1 };
    await convergeCopy(
      makeRequest(connection, artifact, { name, mode, password: PASSWORD, patience }),
      silent,
    );
  }

  /** With the name of the copy taken out. */
  async function readState(name: string): Promise<unknown> {
    return JSON.parse(JSON.stringify(await readCopyState(local, name)).replaceAll(name, 'NAME'));
  }

  async function connect(url: string): Promise<AwsConnection> {
    const { accessKeyId, secretAccessKey } = local.server.credentials;
    return await connectAws({
      answerMs: ANSWER_MS,
      env: {
        ...{ AWS_ENDPOINT_URL: url, AWS_REGION: REGION },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      },
    });
  }
});

function listCases(work: Work, kind: FaultKind, calls: number): Case[] {
  const first = 1 + (KINDS.indexOf(kind) % STRIDE);
  const count = Math.ceil((calls - first + 1) / STRIDE);
  return Array.from({ length: count }, (_, index) => {
    const call = first + index * STRIDE;
    return { work, kind, call, name: `${work}-${KINDS.indexOf(kind)}-${call}` };
  });
}

function describeThrown(error: unknown): string {
  if (!(error instanceof FactoryError)) return String((error as Error).stack ?? error);
  return `${error.code} ${error.message} ${error.problems.join('; ')} ${error.hint}`;
}
