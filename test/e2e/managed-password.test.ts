import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { readMasterPassword } from '../../src/aws/secrets.ts';
import type { Connection } from '../../src/converge/connection.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { tryLogin } from '../../src/converge/login.ts';
import type { ConvergeRequest } from '../../src/converge/request.ts';
import { findCopy } from '../../src/copies/list.ts';
import { resetCopy } from '../../src/copies/reset.ts';
import { makeLoopbackSource, makeRequest, makeSource } from '../support/account.ts';
import { runCli } from '../support/command-line.ts';
import { type LocalAccount, openLocalAccount } from '../support/local-account.ts';
import { findMotoProblem, type Moto, startMoto } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';
import { recordRequests } from '../support/recorder.ts';

const silent = () => {};
const PASSWORD = 'Correct-Horse-42';
const AFTER = { afterSql: { files: [] } };

const login = async (connection: Connection) => (await tryLogin(connection, undefined)).outcome;

describe('a managed password, over real databases', () => {
  let account: LocalAccount;
  let aws: AwsConnection;
  let artifact: Artifact;
  beforeAll(async () => {
    account = await openLocalAccount();
    aws = account.aws;
    artifact = await makeLoopbackSource(aws, 'shop');
  });
  afterAll(async () => await account?.[Symbol.asyncDispose]());

  const managed = (name: string, changes: Partial<ConvergeRequest> = {}) =>
    makeRequest(aws, artifact, { name, isPasswordManaged: true, ...changes });

  test('is in a secret, and is proved by a login', async () => {
    const { connection, warnings, copy } = await convergeCopy(managed('alpha'), silent);
    expect(warnings).toEqual([]);
    expect(connection.secretArn).toBe(copy.secretArn);
    expect(connection.password).toBe(await readMasterPassword(aws, String(copy.secretArn)));
    expect(await login(connection)).toBe('ok');
  });

  test('url and env read the secret; nothing else shows the password', async () => {
    const { connection } = await convergeCopy(managed('beta'), silent);
    const password = String(connection.password);
    for (const verb of ['url', 'env']) {
      expect(await runCli([verb, 'beta'], { env: account.env })).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(password),
      });
    }
    for (const args of [
      ['show', 'beta', '--json'],
      ['list', '--json'],
    ]) {
      const { stdout } = await runCli(args, { env: account.env });
      expect(stdout).toContain(String(connection.secretArn));
      expect(stdout).not.toContain(password);
    }
  });

  test('stays where it is when the same command comes again, and through a reset', async () => {
    const first = await convergeCopy(managed('gamma'), silent);
    const again = await convergeCopy(managed('gamma', { isPasswordManaged: undefined }), silent);
    expect(again).toMatchObject({ isNew: false, warnings: [], connection: first.connection });
    const anew = managed('gamma', { isPasswordManaged: undefined });
    const reset = await resetCopy(aws, 'gamma', anew, {}, silent);
    expect(reset.copy.secretArn).not.toBe(first.copy.secretArn);
    expect(await login(reset.connection)).toBe('ok');
  });

  test('is given up for one that is asked for', async () => {
    await convergeCopy(managed('delta'), silent);
    const own = managed('delta', { isPasswordManaged: undefined, password: PASSWORD });
    const { connection, copy } = await convergeCopy(own, silent);
    expect(copy.secretArn).toBeUndefined();
    expect(connection.password).toBe(PASSWORD);
  });

  test('is set when what comes before it has been done behind the gate', async () => {
    const schema = { ...artifact.spec.schema, afterSqlPath: 'after.sql' };
    const gated = { ...artifact, spec: { ...artifact.spec, schema } };
    const { connection, copy } = await convergeCopy(
      managed('epsilon', { artifact: gated, content: AFTER }),
      silent,
    );
    expect(copy).toMatchObject({ gate: 'open', secretArn: connection.secretArn });
    expect(await login(connection)).toBe('ok');
  });
});

describeIfMet('moto', findMotoProblem())('a managed password, over the AWS API', () => {
  let moto: Moto;
  let aws: AwsConnection;
  let artifact: Artifact;
  beforeAll(async () => {
    moto = await startMoto();
    aws = await connectAws({ env: moto.env });
    artifact = await makeSource(aws, 'shop');
  });
  afterAll(async () => await moto?.stop());

  test('is asked for, and no password is sent to a clone', async () => {
    const sent = await recordRequests(aws);
    const result = await convergeCopy(
      makeRequest(aws, artifact, { name: 'alpha', isPasswordManaged: true }),
      silent,
    );
    const changes = sent.filter(({ action }) => action === 'ModifyDBCluster').map(({ input }) => input);
    expect(changes).toEqual([expect.objectContaining({ ManageMasterUserPassword: true })]);
    expect(JSON.stringify(sent)).not.toContain('MasterUserPassword":"');
    expect((await findCopy(aws, 'alpha'))?.secretArn).toBe(result.connection.secretArn);
    expect(result.connection.password).toBe(await readMasterPassword(aws, String(result.copy.secretArn)));
  });

  test('that may not be read leaves the copy as it is, with a warning', async () => {
    const blind = await connectAws({
      env: { ...moto.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9' },
    });
    const request = makeRequest(blind, artifact, { name: 'beta', isPasswordManaged: true });
    const { connection, warnings } = await convergeCopy(request, silent);
    expect(connection.password).toBeUndefined();
    expect(warnings.join('\n')).toContain('aws secretsmanager get-secret-value --secret-id arn:');
  });
});
