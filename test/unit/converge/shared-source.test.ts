import { expect, test } from 'vitest';
import { checkSharedSource } from '../../../src/converge/shared-source.ts';
import { SPEC } from '../../support/artifact.ts';

const TARGET = { ...SPEC.target, subnetIds: ['subnet-a', 'subnet-b'], instanceClass: 'db.r6g.large' };
const CLUSTER = { StorageEncrypted: true, DBClusterParameterGroup: 'default.aurora-postgresql15' };
const SHARED = { cluster: CLUSTER, writer: undefined, isShared: true };

test('an encrypted source of another account needs a key that both may use', () => {
  const spec = { ...SPEC, target: TARGET };
  expect(() => checkSharedSource(SHARED, spec, { isBuilt: false })).toThrow(
    expect.objectContaining({ problems: [expect.stringContaining('kms_key_id')] }),
  );
  const keyed = { ...spec, maintenance: { ...SPEC.maintenance, kmsKeyId: 'alias/ours' } };
  expect(() => checkSharedSource(SHARED, keyed, { isBuilt: false })).not.toThrow();
});

test('a source of the own account needs nothing of it', () => {
  expect(() => checkSharedSource({ ...SHARED, isShared: false }, SPEC, { isBuilt: true })).not.toThrow();
});
