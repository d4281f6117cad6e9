import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/copies/examine/finding.ts';
import { makeSource, waitForSource } from '../support/account.ts';
import { startFaultProxy } from '../support/aws-fault-proxy.ts';
import { runCli } from '../support/command-line.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type LocalAccount, openLocalAccount } from '../support/local-account.ts';

const NO_FILES = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
const NO_DOCKER = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', AWS_EC2_METADATA_DISABLED: 'true' };

describe('doctor', () => {
  const dataDir = makeFolder();
  const servers: Server[] = [];
  let account: LocalAccount;
  beforeAll(async () => {
    account = await openLocalAccount();
    await makeSource(account.aws, 'shop', {}, {});
    await waitForSource(account.aws, 'shop');
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  afterAll(async () => {
    await account?.[Symbol.asyncDispose]();
    removeFolder(dataDir);
  });

  const examine = async (changes: NodeJS.ProcessEnv = {}, ...args: readonly string[]) => {
    const { PATH = '' } = process.env;
    const env = { PATH, ...account.env, ...NO_DOCKER, ...changes };
    const { status, stdout } = await runCli(['doctor', '--json', ...args], { env, dataDir });
    const { items } = JSON.parse(stdout) as { items: Finding[] };
    const get = (what: string) => items.find((item) => item.what === what);
    return { status, items, get };
  };
  const serve = async (
    respond: (body: string) => { status: number; headers?: Record<string, string>; text?: string },
  ) => {
    const server = createServer(async (message, response) => {
      let body = '';
      for await (const chunk of message) body += String(chunk);
      const { status, headers = {}, text = '' } = respond(body);
      response.writeHead(status, { 'content-type': 'text/xml', ...headers }).end(text);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('finds all well where copies can be made, and says what cannot be found out', async () => {
    const { status, items, get } = await examine({}, '--source', 'shop');
    expect(items.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(status).toBe(0);
    for (const what of [
      'credentials',
      'region',
      'endpoint',
      'clock',
      'rds:DescribeDBClusters',
      'port of shop',
      'disk',
      'engines',
    ]) {
      expect(get(what)).toMatchObject({ state: 'ok', hint: null });
    }
    expect(get('engines')?.detail).toMatch(/PostgreSQL \d+\.\d+/);
    expect(get('rds writing')).toMatchObject({
      state: 'unknown',
      hint: expect.stringContaining('RDS has no dry run'),
    });
    expect(get('ec2 writing')).toMatchObject({ state: 'unknown' });
  });

  test('gives one hint to everything that is not well', async () => {
    const { items } = await examine();
    for (const { state, hint } of items) expect(typeof hint === 'string').toBe(state !== 'ok');
  });

  test('works without any AWS, and finds what the machine has', async () => {
    const { PATH = '' } = process.env;
    const { status, stdout } = await runCli(['doctor'], {
      env: { PATH, ...NO_FILES, ...NO_DOCKER },
      dataDir,
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^AWS +wrong +no AWS region is set$/m);
    expect(stdout).toMatch(/^AWS: Give --region/m);
    expect(stdout).toMatch(/^disk +ok/m);
    expect(stdout).toMatch(/^storage +(ok|not there) +(overlay|snapshot|reflink|copy):/m);
  });

  test('a missing Docker is no fault', async () => {
    const { status, get } = await examine({ PATH: '/nonexistent' });
    expect(get('docker')).toMatchObject({ state: 'absent', hint: expect.stringContaining('start Docker') });
    expect(status).toBe(0);
  });

  test('missing and wrong credentials', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_REGION: 'eu-central-1' };
    const wrong = { AWS_SECRET_ACCESS_KEY: 'wrong' };
    for (const changes of [none, wrong]) {
      const { status, get } = await examine(changes);
      expect(get('credentials')).toMatchObject({
        state: 'wrong',
        hint: expect.stringContaining('Log in again'),
      });
      expect(status).toBe(1);
    }
  });

  test('a region that the endpoint does not serve', async () => {
    const { get } = await examine({}, '--region', 'us-west-2');
    expect(get('credentials')).toMatchObject({
      state: 'wrong',
      hint: expect.stringContaining('correct --region'),
    });
  });

  test('a clock that is wrong', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const url = await serve(() => ({ status: 404, headers: { date } }));
    const { get } = await examine({ AWS_ENDPOINT_URL_RDS: url });
    expect(get('clock')).toMatchObject({ state: 'wrong', hint: expect.stringContaining('timedatectl') });
    expect(get('clock')?.detail).toMatch(/clock is 3[56]\d\d s off/);
  });

  test('an endpoint that does not answer', async () => {
    const { get } = await examine({ AWS_ENDPOINT_URL_RDS: 'http://127.0.0.1:65533' });
    expect(get('endpoint')).toMatchObject({
      state: 'wrong',
      hint: expect.stringContaining('is the local RDS up?'),
    });
    expect(get('endpoint')?.detail).toContain('ECONNREFUSED');
  });

  test('calls that are not permitted', async () => {
    const proxy = await startFaultProxy(String(account.env['AWS_ENDPOINT_URL']));
    proxy.arm({ call: 0, kind: 'denied from then on' });
    const { get } = await examine({ AWS_ENDPOINT_URL_RDS: proxy.url, AWS_ENDPOINT_URL_EC2: proxy.url });
    await proxy.stop();
    for (const what of ['rds:DescribeDBInstances', 'ec2:DescribeSubnets']) {
      expect(get(what)).toMatchObject({ state: 'wrong', hint: expect.stringContaining('docs/iam.md') });
    }
  });

  test('writing, by a dry run of EC2 and by asking IAM about RDS', async () => {
    const dryRun = (code: string) => ({
      status: 412,
      text: `<Response><Errors><Error><Code>${code}</Code><Message>m</Message></Error></Errors></Response>`,
    });
    const subnets =
      '<DescribeSubnetsResponse><subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet></DescribeSubnetsResponse>';
    const ec2 = async (code: string) =>
      await serve((body) =>
        body.includes('CreateSecurityGroup') ? dryRun(code) : { status: 200, text: subnets },
      );
    const iam = async (decision: string) =>
      await serve((body) => ({ status: 200, text: formatDecisions(body, decision) }));
    const may = await examine({
      AWS_ENDPOINT_URL_EC2: await ec2('DryRunOperation'),
      AWS_ENDPOINT_URL_IAM: await iam('allowed'),
    });
    expect(may.get('ec2 writing')).toMatchObject({ state: 'ok', detail: expect.stringContaining('dry run') });
    expect(may.get('rds writing')).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('simulated'),
    });
    const mayNot = await examine(
      {
        AWS_ENDPOINT_URL_EC2: await ec2('UnauthorizedOperation'),
        AWS_ENDPOINT_URL_IAM: await iam('implicitDeny'),
      },
      ...['--name', 'dev-alice'],
    );
    for (const what of ['ec2 writing', 'rds writing']) {
      expect(mayNot.get(what)).toMatchObject({
        state: 'wrong',
        hint: expect.stringContaining('db-artifact iam-policy'),
      });
    }
    expect(mayNot.get('rds writing')?.detail).toMatch(
      /a copy named dev-alice: .*rds:RestoreDBClusterToPointInTime/,
    );
  });

  test('a source whose port cannot be reached', async () => {
    const { get } = await examine({}, '--source', 'nobody');
    expect(get('port of nobody')).toMatchObject({
      state: 'wrong',
      detail: expect.stringContaining('there is no cluster nobody'),
    });
    const url = await serve(() => ({
      status: 200,
      text: '<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster><Endpoint>127.0.0.1</Endpoint><Port>9</Port></DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>',
    }));
    const shut = await examine({ AWS_ENDPOINT_URL_RDS: url }, '--source', 'shop');
    expect(shut.get('port of shop')).toMatchObject({
      state: 'wrong',
      hint: expect.stringContaining('logins are not proved'),
    });
  });
});

/** As IAM answers about the actions that were asked for. */
function formatDecisions(body: string, decision: string): string {
  const members = [...new URLSearchParams(body)]
    .filter(([name]) => name.startsWith('ActionNames.'))
    .map(
      ([, action]) =>
        `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`,
    );
  return `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>${members.join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
}
