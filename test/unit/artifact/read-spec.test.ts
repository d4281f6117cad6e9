import { describe, expect, it } from 'vitest';
import { readSpec } from '../../../src/artifact/read-spec.ts';
import { FactoryError } from '../../../src/errors.ts';

const SHORT = `[source_db]
source_db_cluster_id = shop-prod

[target_db]
subnet_ids = source
instance_type = db.r4.large
`;

function readProblems(text: string): readonly string[] {
  try {
    readSpec(text, 'a.ini');
  } catch (error) {
    expect(error).toBeInstanceOf(FactoryError);
    expect((error as FactoryError).code).toBe('BAD_CONFIGURATION');
    return (error as FactoryError).problems;
  }
  return [];
}

describe('readSpec', () => {
  it('reads a file of two sections and fills every default', () => {
    expect(readSpec(SHORT, 'a.ini')).toMatchObject({
      source: { clusterId: 'shop-prod' },
      target: { subnetIds: 'source', instanceClass: 'db.r4.large', restoreType: 'copy-on-write' },
      network: { port: 'source', securityGroupIds: 'own', allowedCidrs: ['client'] },
      hardware: { readers: 0, serverless: 'source', storageType: 'source' },
      maintenance: { hasDeletionProtection: false, logExports: 'source', monitoring: 'source' },
      masking: { inheritedLogins: 'keep' },
      lifetime: { ttlSeconds: 86_400, maxTtlSeconds: 'none' },
      tags: {},
    });
  });

  it('reads every section', () => {
    const text = `${SHORT.replace('= source', '= subnet-0a1b2c3d , subnet-0a1b2c3d4e5f60718')}
database_name = shop
[network]
port = 5433
security_group_ids = sg-0a1b2c3d
publicly_accessible = yes
network_type = IPV4
[hardware]
readers = 2
serverless_min_acu = 0
serverless_max_acu = 16.5
serverless_auto_pause = 10m
[maintenance]
backup_window = 23:45-00:30
maintenance_window = Sun:03:00-Sun:04:00
log_exports = none
performance_insights_retention_days = 465
monitoring_interval = 30
monitoring_role_arn = arn:aws:iam::123456789012:role/rds-monitoring
[masking]
masking_sql_path = mask.sql
[lifetime]
ttl = 8h
max_ttl = 1w
[tags]
CostCenter = 42
`;
    expect(readSpec(text, 'a.ini')).toMatchObject({
      target: { subnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3d4e5f60718'], databaseName: 'shop' },
      network: { port: 5433, securityGroupIds: ['sg-0a1b2c3d'], isPubliclyAccessible: true },
      hardware: { readers: 2, serverless: { minAcu: 0, maxAcu: 16.5, autoPauseSeconds: 600 } },
      maintenance: {
        backupWindow: '23:45-00:30',
        maintenanceWindow: 'sun:03:00-sun:04:00',
        logExports: [],
        performanceInsights: { retentionDays: 465 },
        monitoring: { intervalSeconds: 30, roleArn: 'arn:aws:iam::123456789012:role/rds-monitoring' },
      },
      masking: { sqlPath: 'mask.sql', inheritedLogins: 'lock' },
      lifetime: { ttlSeconds: 28_800, maxTtlSeconds: 604_800 },
      tags: { CostCenter: '42' },
    });
  });

  it('takes a cluster ARN of any partition apart', () => {
    const arn = 'arn:aws-us-gov:rds:us-gov-west-1:123456789012:cluster:Shop-Prod';
    const spec = readSpec(SHORT.replace('shop-prod', arn), 'a.ini');
    expect(spec.source).toEqual({ clusterId: 'shop-prod', arn, region: 'us-gov-west-1' });
  });

  it('takes dontcare for what matters in the other mode only', () => {
    const spec = readSpec(`${SHORT}database_name = dontcare\n`, 'a.ini');
    expect(spec.target.databaseName).toBeUndefined();
  });

  it.each(['moo cow', 'subnet-1 garbage', 'subnet-0a1b2c3d', 'subnet-0a1b2c3d,subnet-0a1b2c3d', ''])(
    'refuses the subnets "%s"',
    (subnets) => {
      expect(readProblems(SHORT.replace('subnet_ids = source', `subnet_ids = ${subnets}`))).toEqual([
        'a.ini:5: [target_db] subnet_ids must be "source" or two to twenty different subnet ids (subnet-...) ' +
          `with commas between them, got "${subnets}"`,
      ]);
    },
  );

  it('says which sections an empty file lacks', () => {
    expect(readProblems('')).toEqual([
      'a.ini:1: [source_db] is missing; it must have source_db_cluster_id',
      'a.ini:1: [target_db] is missing; it must have subnet_ids and instance_type',
    ]);
  });

  it('reports every problem at once, in the order of the file', () => {
    const problems = readProblems(`stray
[source_db]
source_db_cluster_id = 1shop
source_db_cluster_id = shop
[target_bd]
[target_db]
subnet_ids = source
ttl = 8h
instance_typ = db.r4.large
`);
    expect(problems.map((problem) => problem.replace(/ must be a cluster.*, got/, ' ... got'))).toEqual([
      'a.ini:1: must be "[section]" or "key = value", got "stray"',
      'a.ini:3: [source_db] source_db_cluster_id ... got "1shop"',
      'a.ini:4: [source_db] source_db_cluster_id must be there once, it is in line 3 already',
      'a.ini:5: [target_bd] is not a known section; did you mean "target_db"?',
      'a.ini:6: [target_db] instance_type is missing; it must be "source" or an instance class such as ' +
        'db.r6g.large or db.serverless',
      'a.ini:8: [target_db] ttl is not a known key there; it belongs below [lifetime]',
      'a.ini:9: [target_db] instance_typ is not a known key; did you mean "instance_type"?',
    ]);
  });

  it.each([
    ['[network]\nport = 1149', 'port must be "source" or a whole number from 1150 to 65535, got "1149"'],
    ['[network]\nallowed_cidrs = 10.0.0.0/33', 'allowed_cidrs must be'],
    ['[network]\nsecurity_group_ids = source\nallowed_cidrs = client', 'allowed_cidrs must be left out'],
    ['[network]\npublicly_accessible = yes\nnetwork_type = DUAL', 'network_type must be IPV4'],
    ['[hardware]\nserverless_max_acu = 4', 'must be given together'],
    ['[hardware]\nserverless_min_acu = 4\nserverless_max_acu = 2', 'must be at least 4'],
    ['[hardware]\nserverless_min_acu = 0.7\nserverless_max_acu = 2', 'in steps of 0.5, got "0.7"'],
    [
      '[hardware]\nserverless_min_acu = 1\nserverless_max_acu = 2\nserverless_auto_pause = 10m',
      'unless serverless_min_acu is 0',
    ],
    ['[maintenance]\nbackup_window = 03:00-03:20', 'at least 30 minutes'],
    [
      '[maintenance]\nbackup_window = 23:30-00:30\nmaintenance_window = sun:00:00-sun:01:00',
      'maintenance_window must not overlap backup_window 23:30-00:30',
    ],
    ['[maintenance]\nbackup_retention_days = 36', 'from 1 to 35'],
    ['[maintenance]\nperformance_insights_retention_days = 30', 'a multiple of 31'],
    ['[maintenance]\nbacktrack_window = 73h', '0 or a duration up to 72h'],
    [
      '[maintenance]\nperformance_insights_retention_days = none\nperformance_insights_kms_key_id = alias/x',
      'must be left out with performance_insights_retention_days = none',
    ],
    ['[maintenance]\nmonitoring_interval = 30', 'must come with monitoring_role_arn'],
    ['[schema]\nliquibase_contexts = test', 'must come with [source_db] liquibase_changelog_path'],
    ['[lifetime]\nttl = 2w\nmax_ttl = 1w', 'ttl must not be longer than max_ttl'],
    ['[lifetime]\nttl = 8h ; a day', 'a comment needs a line of its own'],
    ['[tags]\naws:x = 1', 'must not begin with a prefix'],
    ['[tags]\nowner = a*b', 'owner must be up to 256'],
  ])('refuses %j', (text, message) => {
    const problems = readProblems(`${SHORT}${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it('makes blocks canonical, as EC2 does', () => {
    const spec = readSpec(
      `${SHORT}[network]\nallowed_cidrs = 100.68.0.18/18, client, 2001:DB8::1/32\n`,
      'a.ini',
    );
    expect(spec.network.allowedCidrs).toEqual(['100.68.0.0/18', 'client', '2001:db8::/32']);
  });

  it.each(['postgres', 'RDSADMIN', '1shop', 'shop-db'])('refuses the database name %s', (name) => {
    expect(readProblems(`${SHORT}database_name = ${name}\n`)).toHaveLength(1);
  });
});
