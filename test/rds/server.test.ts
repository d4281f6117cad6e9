import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPlayedRegion } from '../../src/local/played-region.ts';
import { startLocalServer } from '../../src/local/server.ts';
import type { LocalSettings } from '../../src/local/settings.ts';
import { describeCluster, makeCluster } from '../support/clusters.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { faultOf } from '../support/faults.ts';
import { makeSettings, startTestRds } from '../support/local-rds.ts';

let settings: LocalSettings;
beforeEach(async () => {
  settings = await makeSettings();
});
afterEach(async () => await rm(settings.dataDir, { recursive: true, force: true }));

async function start() {
  return await startLocalServer(settings, openFakeDatabases);
}

describe('a local server', () => {
  test('tells its health without a signature', async () => {
    await using server = await start();
    const response = await fetch(`${server.url}/health`);
    expect(await response.json()).toEqual({ status: 'ok', version: '0.0.0-test', pid: process.pid });
  });

  test('stops although somebody has not finished asking', async () => {
    await using server = await start();
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nAction');
    await fetch(`${server.url}/health`);
    await server[Symbol.asyncDispose]();
    socket.destroy();
  });

  test('keeps the region that its data folder has played, since every ARN names it', async () => {
    await (await start())[Symbol.asyncDispose]();
    expect(await findPlayedRegion(settings.dataDir)).toBe(settings.region);
    settings = { ...settings, region: 'us-east-1' };
    await expect(start()).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('--region'),
    });
  });

  test('refuses a data folder that another one uses, naming the process', async () => {
    await using _server = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  test('takes a data folder over from a process that is dead, or is another one by now', async () => {
    for (const holder of [
      { pid: 2 ** 22 - 1, startTime: '1' },
      { pid: process.pid, startTime: '1' },
    ]) {
      await writeFile(join(settings.dataDir, 'lock'), JSON.stringify(holder));
      await using server = await start();
      expect(server.port).toBeGreaterThan(0);
    }
  });

  test('refuses a port that is in use, and leaves the data folder free', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const call = startLocalServer({ ...settings, port }, openFakeDatabases);
    await expect(call).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(`${port}`),
    });
    await new Promise((resolve) => blocker.close(resolve));
    await using server = await startLocalServer({ ...settings, port }, openFakeDatabases);
    expect(server.port).toBe(port);
  });

  test('does not start over a damaged state file, and names it', async () => {
    const path = join(settings.dataDir, 'records', 'clusters', 'shop.json');
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '{"id": "shop", ');
    await expect(start()).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      message: expect.stringContaining(path),
    });
  });

  test('keeps its credentials where only their owner reads them', async () => {
    const path = join(settings.dataDir, 'credentials.json');
    const first = await start();
    await first[Symbol.asyncDispose]();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const second = await start();
    expect(second.credentials).toEqual(first.credentials);
    await second[Symbol.asyncDispose]();
    await writeFile(path, 'no json');
    await expect(start()).rejects.toMatchObject({ code: 'STATE_DAMAGED' });
  });

  test('still knows its clusters after it was started again, and no password is in any file', async () => {
    const { dataDir } = settings;
    const before = await startTestRds({ dataDir });
    const cluster = await makeCluster(before, 'kept', { Tags: [{ Key: 'a', Value: 'b' }] });
    await before.server[Symbol.asyncDispose]();
    const record = await readFile(join(dataDir, 'records', 'clusters', 'kept.json'), 'utf8');
    expect(record).not.toContain('correct-horse');
    await using after = await startTestRds({ dataDir });
    const { LatestRestorableTime: _, ...same } = cluster;
    expect(await describeCluster(after, 'kept')).toMatchObject(same);
  });

  test('answers an unexpected error with InternalFailure and logs its stack with the request id', async () => {
    await using aws = await startTestRds({}, async (settings, store) => ({
      ...(await openFakeDatabases(settings, store)),
      hashPassword: async () => {
        throw new TypeError('something broke');
      },
    }));
    const fault = await faultOf(makeCluster(aws, 'broken'));
    expect(fault).toMatchObject({ code: 'InternalFailure', status: 500 });
    expect(fault.message).not.toContain('broke');
    const [line] = aws.logged;
    expect(line).toContain('TypeError: something broke');
    expect(line).toContain(fault.requestId);
    await aws.rds.send(new DescribeDBClustersCommand({}));
  });
});
