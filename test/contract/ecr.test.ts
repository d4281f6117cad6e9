// Logins that AWS makes: asked of a server that answers as ECR does, used by the registry client like any other.
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEcrLogin, findEcrRegion } from '../../src/aws/ecr.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
let server: Server;
let asked: string[];
let answer: { readonly status: number; readonly body: object };

beforeEach(async () => {
  asked = [];
  const authorizationToken = Buffer.from('AWS:the:token').toString('base64');
  answer = { status: 200, body: { authorizationData: [{ authorizationToken }] } };
  server = createServer((request, response) => {
    asked.push(`${request.headers['x-amz-target']} ${request.headers.authorization}`);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function makeEnv(): NodeJS.ProcessEnv {
  const { port } = server.address() as { port: number };
  return {
    AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
}

describe('a registry of AWS', () => {
  test('is known by its host', () => {
    expect(findEcrRegion(HOST)).toBe('eu-central-1');
    expect(findEcrRegion('123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com')).toBe('us-gov-west-1');
    expect(findEcrRegion('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1');
    expect(findEcrRegion(`${HOST}.example.org`)).toBeUndefined();
    expect(findEcrRegion('ghcr.io')).toBeUndefined();
  });

  test('gets a login for the region in its name, made with AWS credentials', async () => {
    expect(await findEcrLogin(HOST, makeEnv())).toEqual({ username: 'AWS', password: 'the:token' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/GetAuthorizationToken .*key\/\d+\/eu-central-1\/ecr\/aws4_request/);
  });

  test('that does not permit it is quoted', async () => {
    answer = { status: 400, body: { __type: 'AccessDeniedException', message: 'not you' } };
    await expect(findEcrLogin(HOST, makeEnv())).rejects.toMatchObject({
      message: expect.stringContaining('not you'),
    });
  });
});

test('no other registry is asked of AWS', async () => {
  expect(await findEcrLogin('ghcr.io', makeEnv())).toBeUndefined();
  expect(asked).toEqual([]);
});
