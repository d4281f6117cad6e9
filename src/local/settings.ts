// What one local RDS is started with. Everything from outside (environment, places, limits) comes in through here.
import type { DriverName } from './storage/driver.ts';

export interface LocalSettings {
  /** Records, volumes, logs and credentials all live below it. */
  readonly dataDir: string;
  /** Of the API, on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** How long a status such as `creating` is kept at least, so that clients can be tried against slowness. */
  readonly paceMs: number;
  /** How long a new clone may run a server before it has an instance, which AWS makes with a call of its own; 0 never. */
  readonly prestartMs: number;
  /** Named by the user; absent, the best one that works here is taken. */
  readonly driver?: DriverName | undefined;
  /** Folders to look for PostgreSQL programs in, best first. */
  readonly postgresBins: readonly string[];
  /** Folders of MariaDB programs; absent, the system's is taken where there is one. */
  readonly mariadbBins?: readonly string[] | undefined;
  /** The master user is a superuser, which on AWS it is not. */
  readonly isMasterSuperuser: boolean;
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  /** Of this tool, for `GET /health`. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ports that clusters get when the one they ask for is taken; both ends belong to it. */
  readonly portRange: { readonly first: number; readonly last: number };
  /** What all servers may take together; absent, most of what the machine has. */
  readonly memoryBytes?: number | undefined;
  /** What all volumes may take together; absent, what the file system has. */
  readonly diskBytes?: number | undefined;
  /** Clones wait for the disk as their sources do; absent, they survive a crash of the server but not a power cut. */
  readonly areCopiesDurable?: boolean | undefined;
  /** Clones that nobody was connected to for so long sleep until somebody connects; absent, none does. */
  readonly sleepAfterMs?: number | undefined;
  /** How many servers are kept ready for clones of every source that was cloned before; absent, none. */
  readonly warm?: number | undefined;
  /** Takes one line, without a line end; nothing in the local RDS prints. */
  readonly log: (line: string) => void;
}
