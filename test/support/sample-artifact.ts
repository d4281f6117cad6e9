// An artifact as building one gives it, without asking anybody about a source.
import type { Artifact, DiscoveredSource } from '../../src/artifact/artifact.ts';
import { readSpec } from '../../src/artifact/read-spec.ts';
import { MODES, SPEC_VERSION } from '../../src/artifact/spec.ts';

const DISCOVERED: DiscoveredSource = {
  engine: 'aurora-postgresql',
  engineVersion: '16.4',
  port: 5432,
  vpcId: 'vpc-0123456789abcdef0',
  subnets: [
    { id: 'subnet-0123456789abcdef0', zone: 'eu-central-1a' },
    { id: 'subnet-0123456789abcdef1', zone: 'eu-central-1b' },
  ],
  storageZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  databaseName: 'orders',
  instanceClass: 'db.r6g.large',
  isPubliclyAccessible: false,
  networkType: 'IPV4',
  securityGroupIds: ['sg-0123456789abcdef0'],
  isEncrypted: true,
  storageType: 'aurora',
  serverless: 'none',
  maintenance: {
    backupWindow: '02:00-02:30',
    backupRetentionDays: 7,
    maintenanceWindow: 'sun:03:00-sun:03:30',
    hasMinorUpgrades: true,
    clusterParameterGroup: 'default.aurora-postgresql16',
    instanceParameterGroup: 'default.aurora-postgresql16',
    caCertificate: 'rds-ca-rsa2048-g1',
    logExports: ['postgresql'],
    performanceInsights: 'none',
    hasIamAuthentication: false,
    hasDataApi: false,
    copiesTagsToSnapshots: true,
  },
};

/** `image`: lines of the section `[image]`. */
export function makeSampleArtifact(image = ''): Artifact {
  const text = `[source_db]
source_db_cluster_id = orders
[target_db]
subnet_ids = source
instance_type = source
database_name = orders
[image]
${image}
`;
  return {
    specVersion: SPEC_VERSION,
    toolVersion: '1.0.0',
    minimumToolVersion: '1.0.0',
    modes: MODES,
    spec: readSpec(text, 'orders.ini'),
    discovered: DISCOVERED,
  };
}
