// The local server itself, in this process, until it is told to stop.
import type { DriverName } from '../local/storage/driver.ts';
import type { CommandContext } from './context.ts';
import { removeServerFile, writeServerFile } from './local-server-file.ts';
import type { Output } from './output.ts';

export interface ServeOptions {
  readonly port: number;
  readonly region: string;
  readonly driver?: DriverName | undefined;
  readonly postgresBin: readonly string[];
  readonly paceMs: number;
  readonly superuser?: boolean | undefined;
}

const ACCOUNT_ID = '000000000000';
const CLUSTER_PORTS = { first: 15_500, last: 15_999 };

export async function serveLocal(
  context: CommandContext,
  options: ServeOptions,
  output: Output,
): Promise<void> {
  const { startLocalServer } = await import('../local/server.ts');
  const { openDatabases } = await import('../local/open-databases.ts');
  const { localDir } = context.folders;
  await using server = await startLocalServer(
    {
      dataDir: localDir,
      port: options.port,
      paceMs: options.paceMs,
      driver: options.driver,
      postgresBins: options.postgresBin,
      isMasterSuperuser: options.superuser ?? false,
      region: options.region,
      accountId: ACCOUNT_ID,
      version: context.version,
      env: context.env,
      portRange: CLUSTER_PORTS,
      log: (line) => output.log(line),
    },
    openDatabases,
  );
  await writeServerFile(localDir, { url: server.url, region: options.region });
  output.log(`answering at ${server.url}`);
  await waitForAbort(context.signal);
  output.log('stopping');
  await removeServerFile(localDir);
}

async function waitForAbort(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
