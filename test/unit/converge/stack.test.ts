import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ArtifactSpec } from '../../../src/artifact/spec.ts';
import { makeCreateInput, makeInstanceInput, makeRestoreInput } from '../../../src/converge/inputs.ts';
import { formatStack } from '../../../src/converge/stack/format-stack.ts';
import { makeStack } from '../../../src/converge/stack/stack.ts';
import { makeArtifact, SPEC } from '../../support/artifact.ts';
import { makeBuild } from '../../support/copy-build.ts';

const MASKED: Partial<ArtifactSpec> = { masking: { sqlPath: 'mask.sql', inheritedLogins: 'lock' } };

describe('a stack', () => {
  test('restores with the very settings that converging sends', () => {
    const build = makeBuild(makeArtifact({ hardware: { ...SPEC.hardware, readers: 2 } }));
    const { Resources } = makeStack(build).template;
    const place = { name: 'copy', sourceId: 'shop', securityGroupIds: [], tags: build.tags };
    const {
      DBSubnetGroupName: _subnets,
      VpcSecurityGroupIds: _groups,
      ...sent
    } = makeRestoreInput(build.settings, place);
    expect(Resources['Cluster']?.Properties).toMatchObject(sent);
    expect(Object.keys(Resources)).toEqual([
      'SubnetGroup',
      'SecurityGroup',
      'Cluster',
      'Writer',
      'Reader1',
      'Reader2',
    ]);
    const { DBClusterIdentifier: _cluster, ...reader } = makeInstanceInput(build.settings, build, 2);
    expect(Resources['Reader2']).toMatchObject({ Properties: reader, DependsOn: 'Writer' });
  });

  test('creates with the very settings that converging sends', () => {
    const build = makeBuild(makeArtifact(), { mode: 'create' });
    const place = { name: 'copy', sourceId: 'shop', securityGroupIds: [], tags: build.tags };
    const {
      DBSubnetGroupName: _subnets,
      VpcSecurityGroupIds: _groups,
      MasterUserPassword: _managed,
      ...sent
    } = makeCreateInput(build.settings, place, { username: 'dba', password: '' });
    expect(makeStack(build).template.Resources['Cluster']?.Properties).toMatchObject(sent);
  });

  test('lets in the networks of the plan, of either kind', () => {
    const { Resources } = makeStack(makeBuild(makeArtifact())).template;
    expect(Resources['SecurityGroup']?.Properties['SecurityGroupIngress']).toEqual([
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, CidrIp: '203.0.113.7/32' },
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, CidrIpv6: '2001:db8::/64' },
    ]);
  });

  test('holds no password: Secrets Manager makes it, in either mode', async () => {
    for (const mode of ['clone', 'create'] as const) {
      const build = makeBuild(makeArtifact(), { mode });
      const text = await formatStack(makeStack(build), 'json');
      expect(text).not.toContain('"MasterUserPassword"');
      expect(text).not.toContain(build.password);
      expect(text).toContain('"ManageMasterUserPassword": true');
    }
  });

  test('that must be masked first lets nobody in, and says what does it', () => {
    const network = { ...SPEC.network, securityGroupIds: ['sg-9'] };
    const { template, notes } = makeStack(makeBuild(makeArtifact({ ...MASKED, network })));
    const { SecurityGroup, Cluster } = template.Resources;
    expect(SecurityGroup?.Properties).not.toHaveProperty('SecurityGroupIngress');
    expect(Cluster?.Properties).toMatchObject({
      VpcSecurityGroupIds: [{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }],
      Tags: expect.arrayContaining([{ Key: 'db-artifact:gate', Value: 'shut' }]),
    });
    expect(notes[0]).toContain('masking and inherited logins');
    expect(notes[0]).toContain('db-artifact converge --name copy has done it');
  });

  test('uses the security groups that the INI names', () => {
    const network = { ...SPEC.network, securityGroupIds: ['sg-9'] };
    const { Resources } = makeStack(makeBuild(makeArtifact({ network }))).template;
    expect(Resources).not.toHaveProperty('SecurityGroup');
    expect(Resources['Cluster']?.Properties['VpcSecurityGroupIds']).toEqual(['sg-9']);
  });

  test('is the same in YAML and JSON; YAML has the notes as comments', async () => {
    const stack = makeStack(makeBuild(makeArtifact()), ['the subnets are far away']);
    const yaml = await formatStack(stack, 'yaml');
    expect(parse(yaml)).toEqual(JSON.parse(await formatStack(stack, 'json')));
    expect(yaml).toMatch(
      /^# Secrets Manager makes .*\n# the copy expires at .*\n# the subnets are far away\n/,
    );
  });

  test('writes windows so that readers of YAML 1.1 take them for text', async () => {
    const yaml = await formatStack(makeStack(makeBuild(makeArtifact())), 'yaml');
    expect(parse(yaml, { version: '1.1' })).toEqual(parse(yaml));
  });
});
