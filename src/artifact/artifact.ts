// The document that an image carries: the spec, and what was discovered for its `source` values. Pure data.
import type { ArtifactSpec, HardwareSpec, MaintenanceSpec, Mode } from './spec.ts';

/** What a consumer's tool reads from an image. Holds no secret and no account id that the INI does not name. */
export interface Artifact {
  readonly specVersion: number;
  /** Version of the tool that built it. */
  readonly toolVersion: string;
  /** The oldest tool version that can converge it. */
  readonly minimumToolVersion: string;
  readonly modes: readonly Mode[];
  readonly spec: ArtifactSpec;
  readonly discovered: DiscoveredSource;
  /** Files beside the document; absent: none. */
  readonly files?: readonly ArtifactFile[] | undefined;
  /** Digests of the uncompressed layers that hold Liquibase, its changelog and perhaps a Java runtime. */
  readonly liquibaseLayers?: readonly string[] | undefined;
}

export interface ArtifactFile {
  /** In the folder of the document, such as `masking-policy.json`. */
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

/** The source as described at build, as far as a copy is modelled on it. */
export interface DiscoveredSource {
  readonly engine: 'aurora-postgresql' | 'aurora-mysql';
  readonly engineVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly subnets: readonly DiscoveredSubnet[];
  /** Availability zones of the cluster's storage. */
  readonly storageZones: readonly string[];
  readonly databaseName?: string | undefined;
  readonly instanceClass: string;
  readonly isPubliclyAccessible: boolean;
  readonly networkType: 'IPV4' | 'DUAL';
  readonly securityGroupIds: readonly string[];
  readonly isEncrypted: boolean;
  readonly storageType: 'aurora' | 'aurora-iopt1';
  readonly serverless: Exclude<HardwareSpec['serverless'], 'source'>;
  readonly maintenance: DiscoveredMaintenance;
}

export interface DiscoveredSubnet {
  readonly id: string;
  readonly zone: string;
}

/** MaintenanceSpec with every `source` replaced. Keys and the monitoring role stay out: they name an account. */
export type DiscoveredMaintenance = {
  /** Undefined: an artifact of old does not tell. */
  readonly backtrackSeconds?: number | undefined;
} & {
  readonly [K in Exclude<
    keyof MaintenanceSpec,
    'kmsKeyId' | 'performanceInsightsKeyId' | 'monitoring' | 'hasDeletionProtection' | 'backtrackSeconds'
  >]: Exclude<MaintenanceSpec[K], 'source'>;
};
