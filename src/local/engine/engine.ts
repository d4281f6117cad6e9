// The seam of database engines: data directories and the server processes on them.
// An engine knows neither records nor storage drivers: databases.ts hands it directories.
import type { EngineFamily, ServerRecord } from '../records.ts';

/** Where a server runs and what belongs to it; every path but `dataDir` is as this process sees it. */
export interface ServerPlace {
  /** As the server sees it. */
  readonly dataDir: string;
  /** Where new files of the data directory appear for this process; writable from here while no server runs. */
  readonly stateDir: string;
  /** Program and arguments to put before the engine's own. */
  readonly launchPrefix: readonly string[];
  /** A folder for configuration, made by the engine; its path is unique and tells servers apart. */
  readonly configDir: string;
  readonly logFile: string;
  /** What the server calls itself in process lists. */
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** False: unix socket only, nothing listens on the port. */
  readonly isListening: boolean;
  /** False for copies that can be made again: they survive a crash of the server, not a power cut. */
  readonly isDurable: boolean;
  /** Much is written, and thrown away if the server dies. */
  readonly isLoading?: boolean | undefined;
  /** For a reader: the server that it follows. */
  readonly follows?: Following | undefined;
  /** Others follow it, or did: it writes down for them what changes. */
  readonly isFollowed?: boolean | undefined;
}

export interface Following {
  /** What the writer knows the reader by: small letters, digits and underscores. */
  readonly name: string;
  /** Of the writer. */
  readonly port: number;
  /** What the fork that it runs on had read; of no meaning once it has followed. */
  readonly from?: string | undefined;
}

export interface MasterUser {
  readonly username: string;
  /** Absent: no password, so no login. */
  readonly verifier: string | undefined;
  readonly isSuperuser: boolean;
  /** Made and owned by the master user. */
  readonly databaseName?: string | undefined;
}

/** One way in over TCP: from these addresses, with a password. */
export interface AccessRule {
  /** Canonical, IPv4 or IPv6. */
  readonly cidr: string;
}

/** What a copy of a data directory may leave out, and a name for its content. */
export interface CopyTerms {
  /** Equal keys mean equal content, for one volume. */
  readonly contentKey: string;
  readonly isExcluded: (relativePath: string) => boolean;
}

/** A copy that was made below a running server. */
export interface LiveCopy {
  /** Undefined when the server wrote meanwhile: the copy is consistent, but not what the server holds now. */
  readonly contentKey: string | undefined;
  /** Of the server at that moment, where a fork that follows it cannot tell by itself. */
  readonly position?: string | undefined;
  /** Puts what is still missing into a fork of the copy; false when it is gone, and the copy of no use. */
  complete(stateDir: string): Promise<boolean>;
}

/** How this process reaches the superuser of a server that runs, without a password. */
export interface AdminLogin {
  /** The folder of a unix socket, or the socket itself. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** A server elsewhere whose data directory can be copied, in the engine's own variables for client programs. */
export interface TakeOver {
  /** The program that copies. */
  readonly program: string;
  /** Without a password. */
  readonly env: Readonly<Record<string, string>>;
  /** To put before all that the engine says to the program itself. */
  readonly args?: readonly string[] | undefined;
  /** Of the other server, where its files are read from here. */
  readonly sourceDir?: string | undefined;
  /** The content of a password file, where the engine has such. */
  readonly passwordFile: string;
  readonly signal: AbortSignal;
  /** Each line of progress. */
  readonly onLine: (line: string) => void;
}

export interface Engine {
  readonly family: EngineFamily;
  readonly version: string;
  readonly majorVersion: string;
  readonly folder: string;
  /** Makes an empty data directory into a cluster without master user, stopped. */
  initialize(place: ServerPlace): Promise<void>;
  /** Resolves when the server takes connections; nobody gets in over TCP before `setAccess`. */
  start(place: ServerPlace): Promise<Server>;
  /** The server that runs there already; one that is half way up is ended. */
  find(place: ServerPlace): Promise<Server | undefined>;
  /** For a data directory without server; undefined when it was not stopped cleanly. */
  readCopyTerms(place: ServerPlace): Promise<CopyTerms | undefined>;
  /** Files of the data directory that a server reads at its start and for its first session. */
  isReadFirst(relativePath: string): boolean;
  hashPassword(password: string): Promise<string>;
  getAdminLogin(place: ServerPlace): AdminLogin;
  /** What CREATE EXTENSION, or what stands for it, can be given here. */
  listExtensions(): Promise<readonly string[]>;
  /** Fills an empty data directory with that of a running server; absent where there is no way to. */
  readonly takeOver?: ((place: ServerPlace, from: TakeOver) => Promise<void>) | undefined;
}

export interface Server {
  readonly record: ServerRecord;
  readonly port: number;
  /** When this process started it; 0 for one that ran before. */
  readonly startedAtMs: number;
  /** Resolves when the process is gone, whatever the reason. */
  readonly ended: Promise<void>;
  addMaster(master: MasterUser): Promise<void>;
  /** A master user that was dropped is there again afterwards, as on RDS. */
  setPassword(master: MasterUser): Promise<void>;
  /** These and no others; in force when it resolves. */
  setAccess(rules: readonly AccessRule[]): Promise<void>;
  /** Reads what the first session of a database reads, so that it starts as quickly as later ones. */
  readAhead(databaseName: string | undefined): Promise<void>;
  /** Changes with every write. */
  readContentKey(): Promise<string>;
  /**
   * Makes a consistent copy while the server goes on. `isAtomic`: `makeCopy` takes one instant of the whole tree.
   */
  copyWhileRunning(
    isAtomic: boolean,
    makeCopy: (isExcluded: (relativePath: string) => boolean) => Promise<void>,
  ): Promise<LiveCopy>;
  /** Of a server that follows, or is followed where its place says so. */
  readonly replication?: Replication | undefined;
  /** Cleanly, with a deadline; then by force. Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface Replication {
  /** These and no others may follow; the writer keeps what they have not read yet, for a while at least. */
  setFollowers(names: readonly string[]): Promise<void>;
  /** Up to where the writer has written. */
  readPosition(): Promise<string>;
  /** Of a reader: resolves when it follows and has read up to there. */
  waitFor(position: string): Promise<void>;
}
