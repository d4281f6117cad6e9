import { DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

const readMetrics = async (user: string, password: string): Promise<Response> => {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return await fetch(`${aws.server.url}/metrics`, { headers: { authorization } });
};

describe('GET /metrics', () => {
  test('asks whoever has not got the credentials for them', async () => {
    const { accessKeyId } = aws.server.credentials;
    const answers = [await fetch(`${aws.server.url}/metrics`), await readMetrics(accessKeyId, 'a guess')];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      expect(await answer.text()).not.toContain('db_artifact_local');
    }
  });

  test('counts calls by action and by the fault that they were answered with', async () => {
    await aws.rds.send(new DescribeDBClustersCommand({}));
    await faultOf(aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'missing' })));
    const { accessKeyId, secretAccessKey } = aws.server.credentials;
    const answer = await readMetrics(accessKeyId, secretAccessKey);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const calls = (await answer.text()).split('\n').filter((line) => line.includes('_calls_total{'));
    expect(calls).toEqual([
      'db_artifact_local_api_calls_total{action="DescribeDBClusters",fault=""} 1',
      'db_artifact_local_api_calls_total{action="DescribeDBClusters",fault="DBClusterNotFoundFault"} 1',
    ]);
  });
});
