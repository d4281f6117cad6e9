import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../src/artifact/artifact.ts';
import { formatArtifact } from '../../../src/artifact/artifact-document.ts';
import { parseArtifact } from '../../../src/artifact/parse-artifact.ts';
import { readSpec } from '../../../src/artifact/read-spec.ts';

const ARTIFACT: Artifact = {
  specVersion: 1,
  toolVersion: '1.0.0',
  minimumToolVersion: '1.0.0',
  modes: ['clone', 'create'],
  spec: readSpec(
    '[source_db]\nsource_db_cluster_id = shop\n[target_db]\nsubnet_ids = source\ninstance_type = source\n',
    'a.ini',
  ),
  discovered: {
    engine: 'aurora-postgresql',
    engineVersion: '16.4',
    port: 5432,
    vpcId: 'vpc-0a1b2c3d',
    subnets: [{ id: 'subnet-0a1b2c3d', zone: 'eu-west-1a' }],
    storageZones: ['eu-west-1a'],
    instanceClass: 'db.r6g.large',
    isPubliclyAccessible: false,
    networkType: 'IPV4',
    securityGroupIds: [],
    isEncrypted: true,
    storageType: 'aurora',
    serverless: 'none',
    maintenance: {
      backupWindow: '03:00-03:30',
      backupRetentionDays: 7,
      maintenanceWindow: 'sun:05:00-sun:05:30',
      hasMinorUpgrades: true,
      clusterParameterGroup: 'default.aurora-postgresql16',
      instanceParameterGroup: 'default.aurora-postgresql16',
      caCertificate: 'rds-ca-rsa2048-g1',
      logExports: [],
      performanceInsights: 'none',
      hasIamAuthentication: false,
      hasDataApi: false,
      copiesTagsToSnapshots: false,
    },
  },
};

describe('the artifact document', () => {
  it('comes back as it was written', () => {
    const text = formatArtifact(ARTIFACT);
    expect(formatArtifact(parseArtifact(text, 'x'))).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('does not depend on the order of keys', () => {
    const turned = Object.fromEntries(Object.entries(ARTIFACT).reverse()) as unknown as Artifact;
    expect(formatArtifact(turned)).toBe(formatArtifact(ARTIFACT));
  });

  it('reads what the first version wrote, for ever: keys that are new since then must be optional', () => {
    const path = join(import.meta.dirname, '../../fixtures/artifacts/spec-1.json');
    const text = readFileSync(path, 'utf8');
    const artifact = parseArtifact(text, path);
    expect(artifact).toMatchObject({ specVersion: 1, toolVersion: '1.0.0', modes: ['clone', 'create'] });
    expect(artifact.spec.source.clusterId).toBe('shop');
    expect(artifact.discovered.engineVersion).toBe('16.4');
  });

  it('names the version that a newer artifact needs', () => {
    const newer = JSON.stringify({ specVersion: 2, minimumToolVersion: '3.1.0' });
    expect(() => parseArtifact(newer, 'x')).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_TOO_NEW', hint: expect.stringContaining('3.1.0') }),
    );
  });

  it('says what is wrong with a damaged one', () => {
    const damaged = formatArtifact(ARTIFACT).replace('"clone",', '"steal",');
    expect(() => parseArtifact(damaged, 'x')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_DAMAGED',
        problems: [expect.stringMatching(/^modes\.0/)],
      }),
    );
    expect(() => parseArtifact('{', 'x')).toThrow(/x is no JSON/);
  });
});
