// What an artifact says: the checked content of the INI file. Pure data; how it is read is in read-spec.ts.

/** Written into the image; a tool refuses a spec whose version is higher than its own. */
export const SPEC_VERSION = 1;

/** A value, or the word `source`: the source cluster's own value, found at build. */
export type FromSource<T> = 'source' | T;

export type Mode = 'clone' | 'create';
export const MODES: readonly Mode[] = ['clone', 'create'];

export interface ArtifactSpec {
  readonly source: SourceSpec;
  readonly target: TargetSpec;
  readonly network: NetworkSpec;
  readonly hardware: HardwareSpec;
  readonly maintenance: MaintenanceSpec;
  readonly schema: SchemaSpec;
  readonly masking: MaskingSpec;
  readonly image: ImageSpec;
  readonly publisher: PublisherSpec;
  readonly lifetime: LifetimeSpec;
  /** Tags for every resource of a copy, beside the tool's own. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface SourceSpec {
  /** The identifier alone; of an ARN, its last part. */
  readonly clusterId: string;
  /** The full cluster ARN where the INI gave one. */
  readonly arn?: string | undefined;
  /** Region of the ARN. */
  readonly region?: string | undefined;
}

export interface TargetSpec {
  readonly subnetIds: FromSource<readonly string[]>;
  readonly instanceClass: FromSource<string>;
  /** Made by `create`; absent where the INI says `dontcare`. */
  readonly databaseName?: string | undefined;
  readonly restoreType: 'copy-on-write' | 'full-copy';
}

export interface NetworkSpec {
  readonly port: FromSource<number>;
  /** `own`: a security group is made for each copy. */
  readonly securityGroupIds: 'own' | 'source' | readonly string[];
  /** `client` is the address of the machine that converges, as a /32. Canonical CIDRs otherwise. */
  readonly allowedCidrs: readonly ('client' | string)[];
  readonly isPubliclyAccessible: FromSource<boolean>;
  readonly networkType: FromSource<'IPV4' | 'DUAL'>;
}

export interface HardwareSpec {
  /** Instances beside the writer, 0 to 15. */
  readonly readers: number;
  readonly serverless: FromSource<ServerlessSpec | 'none'>;
  readonly storageType: FromSource<'aurora' | 'aurora-iopt1'>;
}

export interface ServerlessSpec {
  /** Aurora capacity units, in steps of 0.5. */
  readonly minAcu: number;
  readonly maxAcu: number;
  /** 300 to 86400; only with minAcu 0. */
  readonly autoPauseSeconds?: number | undefined;
}

export interface MaintenanceSpec {
  /** `HH:MM-HH:MM`, UTC. */
  readonly backupWindow: FromSource<string>;
  readonly backupRetentionDays: FromSource<number>;
  /** `ddd:HH:MM-ddd:HH:MM`, UTC. */
  readonly maintenanceWindow: FromSource<string>;
  readonly hasMinorUpgrades: FromSource<boolean>;
  readonly clusterParameterGroup: FromSource<string>;
  readonly instanceParameterGroup: FromSource<string>;
  readonly caCertificate: FromSource<string>;
  readonly hasDeletionProtection: boolean;
  readonly logExports: FromSource<readonly string[]>;
  readonly performanceInsights: FromSource<'none' | { readonly retentionDays: number }>;
  readonly monitoring: FromSource<'none' | { readonly intervalSeconds: number; readonly roleArn: string }>;
  /** The key that its data is encrypted with. Artifacts of old do not say it: the source's. */
  readonly performanceInsightsKeyId?: FromSource<string> | undefined;
  /** How far back an aurora-mysql cluster can be rewound; 0: not at all. Artifacts of old do not say it. */
  readonly backtrackSeconds?: FromSource<number> | undefined;
  readonly hasIamAuthentication: FromSource<boolean>;
  /** `source`: a clone keeps its source's key; a fresh cluster gets the key that the source has then. */
  readonly kmsKeyId: FromSource<string>;
  readonly hasDataApi: FromSource<boolean>;
  readonly copiesTagsToSnapshots: FromSource<boolean>;
}

export interface SchemaSpec {
  /** Paths are as in the INI, relative to its folder. */
  readonly liquibaseChangelogPath?: string | undefined;
  readonly liquibaseContexts: readonly string[];
  readonly liquibaseLabels?: string | undefined;
  readonly liquibaseParameters: Readonly<Record<string, string>>;
  readonly schemaSqlPath?: string | undefined;
  readonly afterSqlPath?: string | undefined;
}

export interface MaskingSpec {
  readonly sqlPath?: string | undefined;
  readonly policyPath?: string | undefined;
  /** Default: `lock` with masking, else `keep`. */
  readonly inheritedLogins: 'lock' | 'keep' | 'rotate';
}

export interface ImageSpec {
  /** `host` or an image reference; absent: what the machine that builds makes of it. */
  readonly base?: string | undefined;
  /** `os/arch[/variant]`; empty: the base's own. */
  readonly platforms: readonly string[];
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}

export interface PublisherSpec {
  /** Shown to a consumer whose converge failed. */
  readonly contact?: string | undefined;
  readonly url?: string | undefined;
}

export interface LifetimeSpec {
  /** How long a copy lives unless extended; `none`: for ever. */
  readonly ttlSeconds: number | 'none';
  /** The most that `--ttl` and `extend` may give, counted from now. */
  readonly maxTtlSeconds: number | 'none';
}
