// AWS behind the HTTP proxy of a company: the local RDS under a name that only the proxy knows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { startHttpProxy, type TestProxy } from '../support/http-proxy.ts';
import { runDbArtifact } from '../support/program.ts';
import { type LocalRds, readProfile, startLocalRds } from '../support/running-rds.ts';

describe('AWS behind a proxy that wants a login', () => {
  const folder = makeFolder();
  let local: LocalRds;
  let proxy: TestProxy;
  let endpoint: string;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    proxy = await startHttpProxy('ann:secret-of-ann');
    endpoint = `http://rds.example.test:${new URL(readProfile(local.env).endpoint).port}`;
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await local?.close();
    removeFolder(folder);
  });

  const list = async (login: string) => {
    const HTTP_PROXY = `http://${login}@${proxy.host}`;
    return await runDbArtifact(['list', '--json'], { ...local.env, AWS_ENDPOINT_URL: endpoint, HTTP_PROXY });
  };

  it('is asked through it', async () => {
    const { status, stdout, stderr } = await list('ann:secret-of-ann');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ items: [] });
    expect(proxy.seen).toContain(`POST ${endpoint}/`);
  });

  it('says what the proxy refused, without its password', async () => {
    const { status, stderr } = await list('ann:wrong-secret');
    expect(status).toBe(1);
    expect(stderr).toContain('the proxy wants another login (HTTP 407)');
    expect(stderr).not.toContain('wrong-secret');
  });
});
