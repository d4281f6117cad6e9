import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiscoveredSource } from '../../src/artifact/artifact.ts';
import { readSpec } from '../../src/artifact/read-spec.ts';
import { MODES } from '../../src/artifact/spec.ts';
import { formatStack, STACK_FORMATS } from '../../src/converge/stack/format-stack.ts';
import { makeStack } from '../../src/converge/stack/stack.ts';
import { DISCOVERED, makeArtifact } from '../support/artifact.ts';
import { makeBuild } from '../support/copy-build.ts';
import { listIniExamples } from '../support/ini-examples.ts';
import { describeIfMet } from '../support/needs.ts';

const SUBNETS = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
const POSTGRES: DiscoveredSource = {
  ...DISCOVERED,
  engineVersion: '16.9',
  subnets: SUBNETS.map((id, number) => ({ id, zone: `us-east-1${'ab'[number]}` })),
};
const MYSQL: DiscoveredSource = {
  ...POSTGRES,
  ...{ engine: 'aurora-mysql', engineVersion: '8.0.mysql_aurora.3.08.2', port: 3306 },
  maintenance: {
    ...POSTGRES.maintenance,
    clusterParameterGroup: 'default.aurora-mysql8.0',
    instanceParameterGroup: 'default.aurora-mysql8.0',
    logExports: ['audit', 'slowquery'],
  },
};

/** Every key that a stack can express. */
const EVERY_KEY = `[source_db]
source_db_cluster_id = shop-prod
[target_db]
subnet_ids = ${SUBNETS.join(', ')}
instance_type = db.serverless
database_name = fresh
[network]
port = 6000
allowed_cidrs = 10.0.0.0/8, 2001:db8::/32
publicly_accessible = no
network_type = DUAL
[hardware]
readers = 2
serverless_min_acu = 0
serverless_max_acu = 4
serverless_auto_pause = 10m
storage_type = aurora-iopt1
[maintenance]
backup_window = 01:00-02:00
backup_retention_days = 3
maintenance_window = mon:03:00-mon:04:00
auto_minor_version_upgrade = no
cluster_parameter_group = ours
instance_parameter_group = ours-too
ca_certificate = rds-ca-ecc384-g1
deletion_protection = yes
log_exports = iam-db-auth-error
performance_insights_retention_days = 31
performance_insights_kms_key_id = alias/insights
backtrack_window = 0
monitoring_interval = 60
monitoring_role_arn = arn:aws:iam::123456789012:role/monitoring
iam_authentication = yes
kms_key_id = arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000
data_api = yes
copy_tags_to_snapshot = yes
[lifetime]
ttl = none
[tags]
team = shop
`;

const examples = [...listIniExamples(), { place: 'every key', text: EVERY_KEY }];
const found = spawnSync('cfn-lint', ['--version']).status === 0 ? undefined : 'pip install cfn-lint';

describeIfMet('cfn-lint', found)('stacks of CloudFormation', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'db-artifact-stacks-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('cfn-lint finds nothing in that of any example, in either mode, of either engine', async () => {
    expect(examples.length).toBeGreaterThan(4);
    const texts = new Set<string>(); // many examples give the same stack
    for (const { place, text } of examples) {
      const spec = readSpec(text, place);
      const formats = text === EVERY_KEY ? STACK_FORMATS : (['yaml'] as const);
      for (const discovered of [POSTGRES, MYSQL]) {
        for (const mode of MODES) {
          const stack = makeStack(makeBuild(makeArtifact(spec, discovered), { mode }));
          for (const format of formats) texts.add(await formatStack(stack, format));
        }
      }
    }
    const files = [...texts].map((_, number) => join(folder, `${number}.template`));
    for (const [number, text] of [...texts].entries()) writeFileSync(files[number] ?? '', text);
    const lint = spawnSync('cfn-lint', ['--include-checks', 'I', '--', ...files], { encoding: 'utf8' });
    expect(lint.stdout + lint.stderr).toBe('');
    expect(lint.status).toBe(0);
  });

  test('cfn-lint would find what is wrong', () => {
    const { template } = makeStack(makeBuild(makeArtifact({}, POSTGRES)));
    const { Cluster } = template.Resources;
    const file = join(folder, 'wrong.json');
    const Wrong = { ...Cluster, Properties: { ...Cluster?.Properties, MasterUserPassword: 'in-the-open' } };
    writeFileSync(file, JSON.stringify({ ...template, Resources: { Wrong } }));
    expect(spawnSync('cfn-lint', ['--', file], { encoding: 'utf8' }).stdout).toContain('W3689');
  });
});
