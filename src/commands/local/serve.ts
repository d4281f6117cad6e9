// The local server itself, in this process, until it is told to stop.
import type { LocalServer } from '../../local/server.ts';
import type { LocalSettings } from '../../local/settings.ts';
import type { DriverName } from '../../local/storage/driver.ts';
import type { CommandContext } from '../context.ts';
import type { PortRange } from '../options.ts';
import type { Output } from '../output.ts';
import { removeServerFile, writeServerFile } from './server-file.ts';

export interface ServeOptions {
  readonly port: number;
  readonly region: string;
  readonly driver?: DriverName | undefined;
  readonly postgresBin: readonly string[];
  readonly mariadbBin?: readonly string[] | undefined;
  readonly paceMs: number;
  readonly superuser?: boolean | undefined;
  readonly ports?: PortRange | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly disk?: number | undefined;
  readonly warm?: number | undefined;
  /** Milliseconds. */
  readonly sleepAfter?: number | undefined;
  readonly durableCopies?: boolean | undefined;
}

const ACCOUNT_ID = '000000000000';
/** Long enough for a client to wait for the cluster and to make the instance. */
const PRESTART_MS = 3_000;
export const DEFAULT_PORTS: PortRange = { first: 15_500, last: 16_499 };

export async function serveLocal(
  context: CommandContext,
  options: ServeOptions,
  output: Output,
): Promise<void> {
  const { localDir } = context.folders;
  await using server = await startServer(context, options, (line) => output.log(line));
  await writeServerFile(localDir, { url: server.url, region: options.region });
  output.log(`answering at ${server.url}`);
  await waitForAbort(context.signal);
  output.log('stopping');
  await removeServerFile(localDir);
}

/** For looking after a folder without serving it. */
const OFFLINE = { port: 0, postgresBin: [], paceMs: 0 };

async function makeOfflineOptions({ folders }: CommandContext): Promise<ServeOptions> {
  const { findPlayedRegion } = await import('../../local/played-region.ts');
  return { ...OFFLINE, region: (await findPlayedRegion(folders.localDir)) ?? 'eu-west-1' };
}

/** Takes over what a killed server left running, and stops it in good order. */
export async function stopLeftovers(context: CommandContext): Promise<void> {
  await using _ = await startServer(context, await makeOfflineOptions(context), () => {});
}

/** Every database with its data; nothing runs any more. */
export async function removeLocalData(context: CommandContext): Promise<void> {
  const { removeData } = await import('../../local/remove-data.ts');
  await removeData(makeSettings(context, await makeOfflineOptions(context), () => {}));
}

async function startServer(
  context: CommandContext,
  options: ServeOptions,
  log: (line: string) => void,
): Promise<LocalServer> {
  const { startLocalServer } = await import('../../local/server.ts');
  const { openDatabases } = await import('../../local/open-databases.ts');
  return await startLocalServer(makeSettings(context, options, log), openDatabases);
}

function makeSettings(
  context: CommandContext,
  options: ServeOptions,
  log: (line: string) => void,
): LocalSettings {
  return {
    dataDir: context.folders.localDir,
    port: options.port,
    paceMs: options.paceMs,
    prestartMs: PRESTART_MS,
    driver: options.driver,
    postgresBins: options.postgresBin,
    mariadbBins: options.mariadbBin,
    isMasterSuperuser: options.superuser ?? false,
    region: options.region,
    accountId: ACCOUNT_ID,
    version: context.version,
    env: context.env,
    portRange: options.ports ?? DEFAULT_PORTS,
    memoryBytes: options.memory,
    diskBytes: options.disk,
    warm: options.warm,
    areCopiesDurable: options.durableCopies,
    sleepAfterMs: options.sleepAfter,
    log,
  };
}

async function waitForAbort(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
