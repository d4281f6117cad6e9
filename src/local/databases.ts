// Joins engines and storage to the records: brings each cluster to what its record asks for, one queue per cluster.
import type { Imports } from './import/imports.ts';
import type { ClusterRecord, EngineFamily, ServerRecord } from './records.ts';

/** An engine that clusters can be made with. */
export interface EngineVersion {
  readonly engine: EngineFamily;
  /** As DescribeDBEngineVersions gives it, such as `18.4`. */
  readonly version: string;
  readonly majorVersion: string;
  readonly description: string;
}

/** What actions may ask of the databases; everything else they say by writing records. */
export interface Databases {
  readonly engineVersions: readonly EngineVersion[];
  /** Looks at the cluster's record and its instances' and does what they ask for. Returns at once. */
  wake(clusterId: string): void;
  /** The same for a snapshot. */
  wakeSnapshot(snapshotId: string): void;
  /** Rules of a security group changed: access rules of every cluster that uses it follow before this resolves. */
  applyAccess(securityGroupId: string): Promise<void>;
  /**
   * Resolves when a status of the cluster or of its instances moved on, or when the time is over; false at once where
   * statuses are kept for a while on purpose.
   */
  waitForChange(clusterId: string, timeoutMs: number): Promise<boolean>;
  /** What it holds survives a power cut, not only a crash of its server. */
  isDurable(cluster: ClusterRecord): boolean;
  /** A verifier to keep instead of the password. */
  hashPassword(engine: EngineFamily, password: string): Promise<string>;
  /** A port on 127.0.0.1 that no cluster has and nothing listens on; `wanted` where it is free. */
  reservePort(wanted?: number): Promise<number>;
  /** A ready clone of what the source holds now, for a cluster of this name: what its record is to say. */
  takeSpare(sourceResourceId: string, clusterId: string): Promise<SpareServer | undefined>;
  /** Throws QUOTA_EXCEEDED, with figures, when the machine has no room for one more. */
  checkRoom(what: 'volume' | 'server', engine: EngineFamily): Promise<void>;
  /** Other databases on their way into new clusters. */
  readonly imports: Pick<Imports, 'start' | 'find' | 'abort'>;
  /** What runs where, and on what storage. Not patient: at once, with sizes and memory of a minute ago or none. */
  describe(isPatient?: boolean): Promise<DatabasesReport>;
}

export interface SpareServer {
  readonly resourceId: string;
  readonly port: number;
  readonly server: ServerRecord;
}

export interface DatabasesReport {
  readonly driver: { readonly name: string; readonly reason: string };
  readonly disk: DiskReport;
  readonly engines: readonly (EngineVersion & { readonly folder: string })[];
  readonly clusters: readonly ClusterReport[];
  readonly usage: UsageReport;
}

/** All clusters together, beside what they may take. */
export interface UsageReport {
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  /** Undefined: as much as the disk has. */
  readonly diskBytes: number | undefined;
  readonly diskUsedBytes: number;
}

/** The file system that holds the volumes. */
export interface DiskReport {
  readonly folder: string;
  /** It is a pool image on another file system, which may have less room. */
  readonly isPool: boolean;
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

/** What is undefined is not so (no server, no source), or this system does not tell. */
export interface ClusterReport {
  readonly id: string;
  readonly status: string;
  readonly engine: EngineFamily;
  readonly engineVersion: string;
  /** The cluster that it was forked from, while there is one. */
  readonly sourceId: string | undefined;
  /** False: survives a crash of its server, not a power cut. */
  readonly isDurable: boolean;
  readonly port: number;
  readonly serverPid: number | undefined;
  /** Of the server process; RFC 3339. */
  readonly startedAt: string | undefined;
  /** Of the server with all its processes, shared pages counted in parts. */
  readonly memoryBytes: number | undefined;
  /** Of clients, over TCP. */
  readonly connections: number | undefined;
  readonly logFile: string;
  readonly ownBytes: number | undefined;
  readonly sharedBytes: number | undefined;
  readonly apparentBytes: number | undefined;
  /** A copy that the next clone begins with, where there is one. */
  readonly goldenId: string | undefined;
  /** Its server starts again when somebody connects. */
  readonly isAsleep: boolean;
  /** Servers that are ready for its next clones. */
  readonly spares: number;
  readonly readers: readonly ReaderReport[];
}

export interface ReaderReport {
  /** Of the instance. */
  readonly id: string;
  readonly status: string;
  readonly port: number;
  readonly serverPid: number | undefined;
  readonly logFile: string;
}
