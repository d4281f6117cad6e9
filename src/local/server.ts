// Starts and stops one local RDS: lock, records, databases, HTTP, in this order and back.
import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { ActionContext } from './actions/action.ts';
import type { Databases } from './databases.ts';
import { type Metrics, makeMetrics } from './figures/metrics.ts';
import { answerRequest } from './http/answer.ts';
import type { Credentials } from './http/caller.ts';
import { openCredentials } from './http/credentials.ts';
import { startHttp } from './http/http.ts';
import { findPage } from './http/pages.ts';
import { lockFolder } from './lock.ts';
import { makeDefaultNetwork } from './network.ts';
import { openDatabases } from './open-databases.ts';
import type { LocalSettings } from './settings.ts';
import { openStore, type Store } from './store.ts';

export interface LocalServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly credentials: Credentials;
}

export type OpenDatabases = (
  settings: LocalSettings,
  store: Store,
  metrics: Metrics,
) => Promise<Databases & AsyncDisposable>;

export async function startLocalServer(
  settings: LocalSettings,
  open: OpenDatabases = openDatabases,
): Promise<LocalServer> {
  const undo: (() => PromiseLike<void>)[] = [];
  const stop = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    // Engines run as another user, who has to pass through; what is private below is closed itself.
    await mkdir(settings.dataDir, { recursive: true, mode: 0o711 });
    undo.push(await lockFolder(settings.dataDir));
    const credentials = await openCredentials(settings.dataDir);
    const store = await openStore(join(settings.dataDir, 'records'));
    await makeDefaultNetwork(store, settings);
    const metrics = makeMetrics();
    const databases = await open(settings, store, metrics);
    undo.push(async () => await databases[Symbol.asyncDispose]());
    const context = makeContext(settings, store, databases);
    const http = await startHttp(
      settings.port,
      async (request) => await answerRequest(request, { credentials, context, metrics, log: settings.log }),
      async (path, authorization) =>
        await findPage(path, authorization, {
          credentials,
          health: () => ({ status: 'ok', version: settings.version, pid: process.pid }),
          metrics: async () => await readMetrics(metrics, databases),
        }),
    );
    undo.push(http.stop);
    const url = `http://127.0.0.1:${http.port}`;
    return { url, port: http.port, credentials, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A look at everything must not take longer than whoever asks waits. */
async function readMetrics(
  metrics: Metrics,
  databases: Databases,
): Promise<{ readonly type: string; readonly body: string }> {
  return { type: metrics.contentType, body: await metrics.format(await databases.describe(false)) };
}

function makeContext(settings: LocalSettings, store: Store, databases: Databases): ActionContext {
  return {
    place: { region: settings.region, accountId: settings.accountId },
    callerArn: `arn:aws:iam::${settings.accountId}:user/${nameUser()}`,
    store,
    databases,
    now: () => new Date(),
    inTurn: makeTurns(),
  };
}

/** Who runs the server is who calls it; IAM names have fewer letters than the system's. */
function nameUser(): string {
  try {
    return userInfo()
      .username.replace(/[^\w+=,.@-]/g, '-')
      .slice(0, 64);
  } catch {
    return 'unnamed'; // a container may run as a user id that has no name
  }
}

function makeTurns(): ActionContext['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return await turn;
  };
}
