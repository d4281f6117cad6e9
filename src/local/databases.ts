// Joins engines and storage to the records: brings each cluster to what its record asks for, one queue per cluster.
import type { EngineFamily } from './records.ts';

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
  /** Rules of a security group changed: access rules of every cluster that uses it follow before this resolves. */
  applyAccess(securityGroupId: string): Promise<void>;
  /** A verifier to keep instead of the password. */
  hashPassword(engine: EngineFamily, password: string): Promise<string>;
  /** A port on 127.0.0.1 that no cluster has and nothing listens on; `wanted` where it is free. */
  reservePort(wanted?: number): Promise<number>;
  /** For people: what runs where, and on what storage. */
  describe(): Promise<DatabasesReport>;
}

export interface DatabasesReport {
  readonly driver: { readonly name: string; readonly reason: string };
  readonly engines: readonly (EngineVersion & { readonly folder: string })[];
  readonly clusters: readonly ClusterReport[];
}

export interface ClusterReport {
  readonly id: string;
  readonly status: string;
  readonly port: number;
  readonly serverPid: number | undefined;
  readonly logFile: string;
  readonly ownBytes: number | undefined;
  readonly apparentBytes: number | undefined;
  /** A copy that the next clone begins with, where there is one. */
  readonly goldenId: string | undefined;
}
