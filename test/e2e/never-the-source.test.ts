// Every command against random accounts, over a local RDS with records alone: nothing that is not a copy, and no source,
// is ever named by a request that changes something, and all of it is afterwards as it was.
// DB_ARTIFACT_TEST_ACCOUNTS=500 tries more of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatArtifact } from '../../src/artifact/artifact-document.ts';
import { connectAws } from '../../src/aws/connect.ts';
import type { CommandContext } from '../../src/commands/context.ts';
import { listCommands, makeProgram } from '../../src/commands/program.ts';
import { makeSource, waitForSource } from '../support/account.ts';
import { startFaultProxy } from '../support/aws-fault-proxy.ts';
import { runCli } from '../support/command-line.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { readForeignState } from '../support/foreign-state.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';
import { account, makeAccount, NAMES, type Name, SOURCE, USUAL } from '../support/random-account.ts';
import { listTargets } from '../support/request-targets.ts';

type MakeArguments = (name: Name) => readonly string[];

const QUICK = ['--timeout', '1s'];
const ALICE = ['--owner', 'alice'];
const RUNS: Readonly<Record<string, MakeArguments>> = {
  converge: (name) => ['--name', name, ...ALICE, ...QUICK],
  plan: (name) => ['--name', name, ...ALICE],
  template: (name) => ['--name', name, ...ALICE],
  list: () => [],
  show: (name) => [name],
  url: (name) => [name],
  env: (name) => [name],
  extend: (name) => [name, '--ttl', '2h'],
  protect: (name) => [name, '--for', '1h'],
  unprotect: (name) => [name],
  stop: (name) => [name, ...QUICK],
  start: (name) => [name, ...QUICK],
  reset: (name) => [name, '--force', ...QUICK],
  destroy: (name) => [name, '--force', ...QUICK],
  gc: () => [],
  'iam-policy': () => [],
};
/** What they work on is no copy. */
const OF_IMAGES = ['build', 'inspect', 'images', 'push', 'pull'];
const OF_THIS_MACHINE = ['local', 'doctor', 'completion', 'psql'];
const HAVE_AN_ARTIFACT = ['converge', 'reset'];
const CHANGE = ['converge', 'extend', 'protect', 'unprotect', 'stop', 'start', 'reset', 'destroy', 'gc'];

const ACCOUNTS = Number(process.env['DB_ARTIFACT_TEST_ACCOUNTS'] ?? 8);
/** Each verb once, in any order. */
const commands = fc
  .tuple(
    fc.shuffledSubarray(Object.keys(RUNS), { minLength: Object.keys(RUNS).length }),
    fc.infiniteStream(fc.constantFrom(...NAMES)),
  )
  .map(([verbs, names]) => verbs.map((verb) => ({ verb, name: names.next().value })));

const USUAL_COMMANDS = CHANGE.map((verb) => ({ verb, name: 'ann' as const }));

const PATIENCE = { reachMs: 0, passwordMs: 0 };

const folder = makeFolder();
const specPath = join(folder, 'artifact.json');

beforeAll(async () => {
  await using rds = await startTestRds({}, openFakeDatabases);
  const aws = await connectAws({ env: makeEnv(rds) });
  const artifact = await makeSource(aws, SOURCE, {}, {});
  await waitForSource(aws, SOURCE);
  writeFileSync(specPath, formatArtifact(artifact));
});
afterAll(() => removeFolder(folder));

test('every command of the program is tried here, or works on no copy', () => {
  const program = makeProgram({ version: '1.0.0' } as CommandContext);
  const verbs = listCommands(program)
    .filter(({ parent }) => parent === program)
    .map((verb) => verb.name());
  expect([...Object.keys(RUNS), ...OF_IMAGES, ...OF_THIS_MACHINE].sort()).toEqual(verbs.sort());
});

test('no command changes anything but copies, and never its source', { timeout: 600_000 }, async () => {
  const changes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(account, commands, async (described, invocations) => {
      await using rds = await startTestRds({}, openFakeDatabases);
      const { foreign, source } = await makeAccount(rds, described);
      const before = await readForeignState(rds, foreign);
      const proxy = await startFaultProxy(rds.server.url);
      const dataDir = makeFolder();
      try {
        const env = makeEnv(rds, proxy.url);
        for (const { verb, name } of invocations) {
          proxy.arm();
          const args = [verb, ...(RUNS[verb]?.(name) ?? [])];
          const { stderr } = await runCli(args, { env, dataDir, patience: PATIENCE });
          expect(stderr).not.toContain('BUG');
          const targets = proxy.requests.flatMap(listTargets);
          const forbidden = HAVE_AN_ARTIFACT.includes(verb) ? new Set([...foreign, ...source]) : foreign;
          expect({ args, named: targets.filter((target) => forbidden.has(target)) }).toEqual({
            args,
            named: [],
          });
          if (targets.length > 0) changes.set(verb, (changes.get(verb) ?? 0) + 1);
        }
      } finally {
        await proxy.stop();
        removeFolder(dataDir);
      }
      expect(await readForeignState(rds, foreign)).toEqual(before);
    }),
    { numRuns: ACCOUNTS, examples: [[USUAL, USUAL_COMMANDS]] },
  );
  // Or it would prove nothing.
  expect([...changes.keys()].sort()).toEqual([...CHANGE].sort());
});

function makeEnv({ server }: TestRds, url: string = server.url) {
  const { accessKeyId, secretAccessKey } = server.credentials;
  return {
    ...{ AWS_ENDPOINT_URL: url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
    ...{ DB_ARTIFACT_IMAGE_SPEC: specPath, DB_PASSWORD: 'Correct-Horse-42' },
  };
}
