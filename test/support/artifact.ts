// An artifact as reading an INI and discovering its source would give it, for tests of converging.

import type { Artifact, DiscoveredSource } from '../../src/artifact/artifact.ts';
import { type ArtifactSpec, SPEC_VERSION } from '../../src/artifact/spec.ts';

export const DISCOVERED: DiscoveredSource = {
  engine: 'aurora-postgresql',
  engineVersion: '15.4',
  port: 5432,
  vpcId: 'vpc-1',
  subnets: [
    { id: 'subnet-a', zone: 'us-east-1a' },
    { id: 'subnet-b', zone: 'us-east-1b' },
  ],
  storageZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  databaseName: 'shop',
  instanceClass: 'db.r6g.large',
  isPubliclyAccessible: false,
  networkType: 'IPV4',
  securityGroupIds: ['sg-source'],
  isEncrypted: true,
  storageType: 'aurora',
  serverless: 'none',
  maintenance: {
    backupWindow: '03:00-03:30',
    backupRetentionDays: 7,
    maintenanceWindow: 'sun:05:00-sun:05:30',
    hasMinorUpgrades: false,
    clusterParameterGroup: 'default.aurora-postgresql15',
    instanceParameterGroup: 'default.aurora-postgresql15',
    caCertificate: 'rds-ca-rsa2048-g1',
    logExports: ['postgresql'],
    performanceInsights: 'none',
    hasIamAuthentication: false,
    hasDataApi: false,
    copiesTagsToSnapshots: true,
  },
};

export const SPEC: ArtifactSpec = {
  source: { clusterId: 'shop' },
  target: {
    subnetIds: 'source',
    instanceClass: 'source',
    databaseName: 'fresh',
    restoreType: 'copy-on-write',
  },
  network: {
    port: 'source',
    securityGroupIds: 'own',
    allowedCidrs: ['client'],
    isPubliclyAccessible: 'source',
    networkType: 'source',
  },
  hardware: { readers: 0, serverless: 'source', storageType: 'source' },
  maintenance: {
    backupWindow: 'source',
    backupRetentionDays: 'source',
    maintenanceWindow: 'source',
    hasMinorUpgrades: 'source',
    clusterParameterGroup: 'source',
    instanceParameterGroup: 'source',
    caCertificate: 'source',
    hasDeletionProtection: false,
    logExports: 'source',
    performanceInsights: 'source',
    monitoring: 'source',
    hasIamAuthentication: 'source',
    kmsKeyId: 'source',
    hasDataApi: 'source',
    copiesTagsToSnapshots: 'source',
  },
  schema: { liquibaseContexts: [], liquibaseParameters: {} },
  masking: { inheritedLogins: 'keep' },
  image: { platforms: [] },
  publisher: {},
  lifetime: { ttlSeconds: 28_800, maxTtlSeconds: 604_800 },
  tags: { team: 'shop' },
};

export function makeArtifact(spec: Partial<ArtifactSpec> = {}, discovered = DISCOVERED): Artifact {
  return {
    specVersion: SPEC_VERSION,
    toolVersion: '1.0.0',
    minimumToolVersion: '1.0.0',
    modes: ['clone', 'create'],
    spec: { ...SPEC, ...spec },
    discovered,
  };
}
