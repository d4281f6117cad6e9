// The records that the local RDS keeps, one JSON file each. Actions write what is wanted, databases.ts what is so.
// Every name and value is as the RDS or EC2 API gives it, unless a comment says otherwise. Times are RFC 3339.

export type Tags = Readonly<Record<string, string>>;
export type EngineFamily = 'aurora-postgresql' | 'aurora-mysql';

/** How a cluster's data comes to be. */
export type ClusterOrigin =
  | { readonly kind: 'fresh' }
  | {
      readonly kind: 'restore';
      readonly sourceResourceId: string;
      readonly restoreType: 'copy-on-write' | 'full-copy';
    }
  | { readonly kind: 'snapshot'; readonly snapshotVolumeId: string }
  /** `from` is for people: a server and a database, or a file. Never with a password. */
  | { readonly kind: 'import'; readonly from: string };

/**
 * `status` is the intent as well as the state: with `creating` databases.ts makes the volume, with `stopping` it stops
 * the server, with `deleting` it removes everything and then the record, and so on; it ends at `available`,
 * `stopped` or a failure status. A server that was killed reads the records and goes on from there.
 */
export interface ClusterRecord {
  readonly id: string;
  /** `cluster-` and 26 upper-case letters and digits; never used again. Also the name of the volume, in lower case. */
  readonly resourceId: string;
  readonly arn: string;
  readonly status: string;
  readonly statusSince: string;
  readonly createdAt: string;
  readonly engine: EngineFamily;
  readonly engineVersion: string;
  readonly origin: ClusterOrigin;
  /** The data directory is complete. Until then a restart makes it anew. */
  readonly isVolumeReady: boolean;
  readonly cloneGroupId?: string | undefined;
  /** On 127.0.0.1; never shared by two clusters. */
  readonly port: number;
  /** It had to leave these to other programs; security group rules that name one of them let in to `port`. */
  readonly formerPorts?: readonly number[] | undefined;
  readonly masterUsername: string;
  readonly databaseName?: string | undefined;
  /** Verifier (never the password) that the master user gets as soon as a server runs on the volume. */
  readonly pendingVerifier?: string | undefined;
  /** Name of the secret that holds the master password where RDS manages it. */
  readonly masterUserSecret?: string | undefined;
  readonly subnetGroup: string;
  readonly securityGroupIds: readonly string[];
  readonly clusterParameterGroup: string;
  readonly availabilityZones: readonly string[];
  readonly tags: Tags;
  readonly settings: ClusterSettings;
  /** The server process of the cluster's instance, while there is one. */
  readonly server?: ServerRecord | undefined;
  /** The instance whose server runs on the volume, once there was one. */
  readonly writerId?: string | undefined;
  /** There is or was more than one instance: the writer keeps what the readers have not read. */
  readonly hasHadReaders?: boolean | undefined;
  /** Where readers answer on the cluster's port, once that was so. */
  readonly readerAddress?: string | undefined;
  /** While it is deleted: the snapshot without which it is not. */
  readonly finalSnapshotId?: string | undefined;
}

/** What RDS keeps and reports, and what changes nothing in the database itself. */
export interface ClusterSettings {
  readonly backupRetentionPeriod: number;
  readonly preferredBackupWindow: string;
  readonly preferredMaintenanceWindow: string;
  readonly deletionProtection: boolean;
  readonly copyTagsToSnapshot: boolean;
  readonly iamDatabaseAuthentication: boolean;
  readonly autoMinorVersionUpgrade: boolean;
  readonly httpEndpoint: boolean;
  readonly storageEncrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly storageType: 'aurora' | 'aurora-iopt1';
  readonly networkType: 'IPV4' | 'DUAL';
  readonly logExports: readonly string[];
  readonly serverlessV2?:
    | { readonly min: number; readonly max: number; readonly secondsUntilAutoPause?: number }
    | undefined;
  readonly engineLifecycleSupport?: string | undefined;
  readonly backtrackWindow?: number | undefined;
}

/** Enough to know a server again after a restart of ours, and to know that it is not another process by now. */
export interface ServerRecord {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, or what stands for it elsewhere. */
  readonly startTime: string;
  readonly bootId: string;
}

/** A cluster as it was at one moment: a volume without a server, and what a cluster restored from it begins with. */
export interface SnapshotRecord {
  readonly id: string;
  readonly arn: string;
  /** As of a cluster: `creating` and `copying` make the volume, `deleting` removes it and then the record. */
  readonly status: string;
  readonly statusSince: string;
  readonly createdAt: string;
  /** In the storage; never used again. */
  readonly volumeId: string;
  readonly isVolumeReady: boolean;
  /** The snapshot that it is a copy of; absent, it is taken from the cluster. */
  readonly copyOf?: { readonly arn: string; readonly volumeId: string } | undefined;
  readonly cluster: SnapshotCluster;
  readonly tags: Tags;
}

export type SnapshotCluster = Pick<
  ClusterRecord,
  | 'id'
  | 'resourceId'
  | 'createdAt'
  | 'engine'
  | 'engineVersion'
  | 'port'
  | 'masterUsername'
  | 'databaseName'
  | 'pendingVerifier'
  | 'availabilityZones'
  | 'tags'
  | 'settings'
>;

export interface InstanceRecord {
  readonly id: string;
  /** `db-` and 26 upper-case letters and digits. */
  readonly resourceId: string;
  readonly arn: string;
  readonly clusterId: string;
  readonly status: string;
  readonly statusSince: string;
  readonly createdAt: string;
  readonly instanceClass: string;
  readonly availabilityZone: string;
  readonly publiclyAccessible: boolean;
  readonly promotionTier: number;
  readonly autoMinorVersionUpgrade: boolean;
  readonly preferredMaintenanceWindow: string;
  readonly parameterGroup: string;
  readonly caCertificateIdentifier: string;
  readonly monitoringInterval: number;
  readonly monitoringRoleArn?: string | undefined;
  readonly performanceInsights: boolean;
  readonly performanceInsightsRetentionPeriod?: number | undefined;
  readonly performanceInsightsKmsKeyId?: string | undefined;
  readonly tags: Tags;
  readonly reader?: ReaderRecord | undefined;
}

/** What an instance has as a reader: a volume with its resource id as the name, and a server that follows the writer. */
export interface ReaderRecord {
  /** On 127.0.0.1. The instance has it again whenever it is a reader; the writer's is that of the cluster. */
  readonly port: number;
  readonly isVolumeReady: boolean;
  /** When the volume was made. It does not wait for the disk, and may be torn after a power cut. */
  readonly bootId?: string | undefined;
  /** Of the writer at that time, where its engine says so. */
  readonly position?: string | undefined;
}

export interface SubnetGroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly subnetIds: readonly string[];
  readonly tags: Tags;
}

export interface IngressRule {
  /** `tcp`, `udp`, `icmp` or `-1`. */
  readonly protocol: string;
  /** Inclusive; -1 for all. */
  readonly fromPort: number;
  readonly toPort: number;
  /** Canonical; IPv6 allowed. Absent when the rule names a group. */
  readonly cidr?: string | undefined;
  readonly groupId?: string | undefined;
  readonly description?: string | undefined;
}

export interface SecurityGroupRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly ingress: readonly IngressRule[];
  readonly tags: Tags;
}

/** The one record that holds a password: it is the secret itself. */
export interface SecretRecord {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly username: string;
  readonly password: string;
  readonly versionId: string;
  readonly createdAt: string;
}

export interface EventRecord {
  readonly at: string;
  readonly sourceType: 'db-cluster' | 'db-instance' | 'db-cluster-snapshot';
  readonly sourceId: string;
  readonly sourceArn: string;
  readonly categories: readonly string[];
  readonly message: string;
}
