// Starts moto (https://github.com/getmoto/moto), another server of the AWS API, on a free port.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Moto {
  /** For connectAws. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** The reason why moto cannot be used, or undefined. */
export function findMotoProblem(): string | undefined {
  const found = spawnSync('moto_server', ['--help'], { encoding: 'utf8' });
  return found.status === 0 ? undefined : 'moto_server is not installed (pip install "moto[server]")';
}

export async function startMoto(): Promise<Moto> {
  const port = await findFreePort();
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await waitForAnswer(url, server);
  return {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    },
    async stop() {
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function waitForAnswer(url: string, server: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`moto_server ended with status ${server.exitCode}`);
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadlineMs) throw new Error('moto_server does not answer');
    await sleep(50);
  }
}
