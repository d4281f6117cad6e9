// Listing copies, page after page: what `list` takes beyond the API's own time, and its memory. The API is the local RDS
// with records alone, behind a proxy that times each call. `npm run bench -- list [--copies 1,1000,5000] [--runs 3]`
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCluster, makeInstance } from '../test/support/clusters.ts';
import { openFakeDatabases } from '../test/support/fake-databases.ts';
import { makeFolder, removeFolder } from '../test/support/folder.ts';
import { REGION, startTestRds } from '../test/support/local-rds.ts';
import { startDbArtifact } from '../test/support/program.ts';
import { describeMachine, formatMs, printTable, summarize } from './support/measure.ts';

const FIRST = 'copy-00000';

const { values } = parseArgs({
  options: { copies: { type: 'string', default: '1,1000,5000' }, runs: { type: 'string', default: '3' } },
});

interface Run {
  readonly totalMs: number;
  readonly apiMs: number;
  readonly peakBytes: number;
  readonly calls: number;
}

console.log(describeMachine());
const rows: string[][] = [];
for (const count of values.copies.split(',').map(Number)) rows.push(await measure(count));
printTable(['copies', 'calls', '`list`', 'API', 'beyond', 'peak memory'], rows);

async function measure(count: number): Promise<string[]> {
  const dataDir = makeFolder();
  try {
    await fillRecords(dataDir, count);
    await using rds = await startTestRds({ dataDir }, openFakeDatabases);
    await using proxy = await startTimingProxy(rds.server.url);
    const { accessKeyId, secretAccessKey } = rds.server.credentials;
    const env = {
      ...{ PATH: process.env['PATH'], AWS_ENDPOINT_URL: proxy.url, AWS_REGION: REGION },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      DB_ARTIFACT_DATA_DIR: join(dataDir, 'user'),
    };
    const runs: Run[] = [];
    for (let run = 0; run <= Number(values.runs); run++) runs.push(await runList(env, proxy, count));
    const of = (get: (run: Run) => number) => summarize(runs.slice(1).map(get)).medianMs; // the first warms up
    return [
      ...[String(count), String(of(({ calls }) => calls)), formatMs(of(({ totalMs }) => totalMs))],
      ...[formatMs(of(({ apiMs }) => apiMs)), formatMs(of(({ totalMs, apiMs }) => totalMs - apiMs))],
      `${Math.round(of(({ peakBytes }) => peakBytes) / 1e6)} MB`,
    ];
  } finally {
    removeFolder(dataDir);
  }
}

/** One copy is made through the API; the others are its records under other names. */
async function fillRecords(dataDir: string, count: number): Promise<void> {
  const rds = await startTestRds({ dataDir }, openFakeDatabases);
  const Tags = [
    'name',
    'owner',
    'source',
    'source-resource',
    'mode',
    'created',
    'expires',
    'run',
    'artifact',
  ].map((key) => ({ Key: `db-artifact:${key}`, Value: key === 'name' ? FIRST : '2030-01-01T00:00:00Z' }));
  await makeCluster(rds, FIRST, { Tags });
  await makeInstance(rds, FIRST, { Tags });
  const { resourceId } = readRecord(dataDir, 'clusters', FIRST) as { resourceId: string };
  for (const kind of ['clusters', 'instances']) {
    const folder = join(dataDir, 'records', kind);
    const [file = ''] = readdirSync(folder);
    const text = readFileSync(join(folder, file), 'utf8');
    for (let number = 1; number < count; number++) {
      const digits = String(number).padStart(5, '0');
      const own = text
        .replaceAll(FIRST, `copy-${digits}`)
        .replaceAll(resourceId, resourceId.slice(0, -5) + digits);
      writeFileSync(join(folder, file.replace(FIRST, `copy-${digits}`)), own);
    }
  }
  await rds.server[Symbol.asyncDispose]();
  for (const client of [rds.rds, rds.ec2, rds.sts]) client.destroy();
}

function readRecord(dataDir: string, kind: string, id: string): unknown {
  return JSON.parse(readFileSync(join(dataDir, 'records', kind, `${id}.json`), 'utf8'));
}

interface TimingProxy extends AsyncDisposable {
  readonly url: string;
  /** Since the last call: time in which at least one call was under way, and how many there were. */
  take(): { readonly apiMs: number; readonly calls: number };
}

async function startTimingProxy(target: string): Promise<TimingProxy> {
  let underWay = 0;
  let sinceMs = 0;
  let apiMs = 0;
  let calls = 0;
  const server = createServer((message: IncomingMessage, response) => {
    calls += 1;
    if (underWay++ === 0) sinceMs = performance.now();
    const { method, url, headers } = message;
    const onward = request(target, { method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.once('finish', () => {
      if (--underWay === 0) apiMs += performance.now() - sinceMs;
    });
    message.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = { apiMs, calls };
      apiMs = 0;
      calls = 0;
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function runList(env: NodeJS.ProcessEnv, proxy: TimingProxy, count: number): Promise<Run> {
  proxy.take();
  const startMs = performance.now();
  const { child, ended } = startDbArtifact(['list', '--json'], env);
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, readPeakBytes(child.pid));
  }, 10);
  const { status, stdout, stderr } = await ended;
  clearInterval(timer);
  const totalMs = performance.now() - startMs;
  const { items } = JSON.parse(stdout || '{"items":[]}') as { items: unknown[] };
  if (status !== 0 || items.length !== count)
    throw new Error(`${items.length} of ${count} listed: ${stderr}`);
  return { totalMs, peakBytes, ...proxy.take() };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function readPeakBytes(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has ended
  }
}
