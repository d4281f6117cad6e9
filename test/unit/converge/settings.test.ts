import { describe, expect, test } from 'vitest';
import { makeInstanceInput, makeModifyInput, makeRestoreInput } from '../../../src/converge/inputs.ts';
import { type CopySettings, resolveSettings } from '../../../src/converge/settings.ts';
import type { LiveSource } from '../../../src/converge/source.ts';
import { DISCOVERED, makeArtifact, SPEC } from '../../support/artifact.ts';

const SOURCE: LiveSource = {
  cluster: {
    EngineVersion: '15.4',
    KmsKeyId: 'arn:key',
    DatabaseName: 'shop',
    DBClusterParameterGroup: 'now16',
  },
  isShared: false,
  writer: { MonitoringInterval: 30, MonitoringRoleArn: 'arn:role' },
  identity: { clusterId: 'shop', resourceId: 'cluster-A' },
};
const PLACE = { name: 'copy', sourceId: 'shop', securityGroupIds: ['sg-1'], tags: [] };

const resolve = (spec = {}, source = SOURCE, mode: 'clone' | 'create' = 'clone'): CopySettings =>
  resolveSettings(makeArtifact(spec), mode, source);

describe('settings of a copy', () => {
  test('leave no value to the source: what was discovered at build stands for it', () => {
    const settings = resolve();
    expect(JSON.stringify(settings)).not.toContain('"source"');
    expect(settings).toMatchObject({ ...DISCOVERED.maintenance, port: 5432, instanceClass: 'db.r6g.large' });
  });

  test('take what the INI says before what was discovered', () => {
    const network = { ...SPEC.network, port: 6000, securityGroupIds: ['sg-9'] } as const;
    expect(resolve({ network })).toMatchObject({ port: 6000, securityGroupIds: ['sg-9'] });
  });

  test('take keys and roles, which no image carries, from the source as it is now', () => {
    expect(resolve().monitoring).toEqual({ intervalSeconds: 30, roleArn: 'arn:role' });
    expect(resolve().kmsKeyId).toBeUndefined(); // a clone keeps its source's key by itself
    expect(resolve({}, SOURCE, 'create').kmsKeyId).toBe('arn:key');
  });

  test('take the parameter group that an upgraded source has now', () => {
    expect(resolve().clusterParameterGroup).toBe('default.aurora-postgresql15');
    const upgraded = { ...SOURCE, cluster: { ...SOURCE.cluster, EngineVersion: '16.1' } };
    expect(resolve({}, upgraded).clusterParameterGroup).toBe('now16');
  });

  test('refuse a serverless class without a range of capacity', () => {
    const target = { ...SPEC.target, instanceClass: 'db.serverless' };
    expect(() => resolve({ target })).toThrow('range of capacity');
  });
});

describe('requests of a clone', () => {
  const serverless = { minAcu: 0, maxAcu: 4, autoPauseSeconds: 600 };
  const settings = resolve({ hardware: { ...SPEC.hardware, serverless } });

  test('a restore asks for the serverless range and never for what RDS refuses there', () => {
    const input = makeRestoreInput(settings, PLACE);
    expect(input.ServerlessV2ScalingConfiguration).toEqual({
      MinCapacity: 0,
      MaxCapacity: 4,
      SecondsUntilAutoPause: 600,
    });
    for (const refused of ['EngineMode', 'PubliclyAccessible', 'EnablePerformanceInsights', 'KmsKeyId']) {
      expect(input).not.toHaveProperty(refused);
    }
  });

  test('the change after it repeats nothing that the restore has set', () => {
    const repeated = Object.keys(makeModifyInput(settings, 'secret-123')).filter(
      (key) => key in makeRestoreInput(settings, PLACE),
    );
    expect(repeated).toEqual([]);
  });

  test('the writer is promoted before its readers', () => {
    expect(makeInstanceInput(settings, PLACE, 0).PromotionTier).toBe(0);
    expect(makeInstanceInput(settings, PLACE, 3)).toMatchObject({
      DBInstanceIdentifier: 'copy-4',
      PromotionTier: 1,
      MonitoringInterval: 30,
      MonitoringRoleArn: 'arn:role',
    });
  });
});
