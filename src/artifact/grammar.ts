// The grammar of the INI file, one literal: every section, its keys, the kind of each value, the default, the meaning.
// docs/ini.md says the same; a test compares the two.
import * as kind from './kinds.ts';

/** A key as the table describes it; the default is INI text. */
export interface Key<T> {
  readonly kind: Kind<T>;
  readonly isRequired: boolean;
  readonly default: string | undefined;
  readonly meaning: string;
}

type Kind<T> = kind.Kind<T>;

const SUBNET = kind.matching('a subnet id', /^subnet-[0-9a-f]{8,17}$/);
const GROUP = kind.matching('a security group id', /^sg-[0-9a-f]{8,17}$/);
const PLATFORM = kind.matching('a platform', /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/);
const WORD = kind.matching('a word', /^[^\s,]{1,200}$/);
const LOG = kind.oneOf([
  ...(['audit', 'error', 'general', 'instance', 'slowquery', 'postgresql'] as const),
  'iam-db-auth-error' as const,
]);
/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
const INSIGHTS_DAYS = kind.wholeNumber(
  '7, 731 or a multiple of 31 up to 713',
  (days) => days === 7 || days === 731 || (days > 0 && days % 31 === 0 && days <= 713),
);
const KEY = kind.matching(
  'a KMS key id, key ARN, alias/name or alias ARN',
  /^[A-Za-z0-9][A-Za-z0-9:/_-]{0,2047}$/,
);
const INTERVALS = kind.wholeNumber('0, 1, 5, 10, 15, 30 or 60', (seconds) =>
  [0, 1, 5, 10, 15, 30, 60].includes(seconds),
);

export const GRAMMAR = {
  source_db: {
    source_db_cluster_id: required(
      kind.clusterReference,
      'The Aurora cluster that is cloned or modelled; a full ARN for a cluster that another account shares.',
    ),
    liquibase_changelog_path: optional(
      kind.either(['dontcare'], kind.path),
      'A Liquibase changelog that `create` applies, relative to the INI file.',
    ),
  },
  target_db: {
    subnet_ids: required(
      kind.either(
        ['source'],
        kind.listOf('two to twenty different subnet ids (subnet-...) with commas between them', SUBNET, {
          least: 2,
          most: 20,
        }),
      ),
      'Where copies live: subnets of one VPC in at least two availability zones.',
    ),
    instance_type: required(
      kind.either(
        ['source'],
        kind.matching(
          'an instance class such as db.r6g.large or db.serverless',
          /^db\.(serverless|[a-z][a-z0-9-]*\.[a-z0-9-]+)$/,
        ),
      ),
      'The instance class of the writer and of every reader.',
    ),
    database_name: optional(
      kind.either(['dontcare'], kind.databaseName),
      'The database that `create` makes and gives to the schema.',
    ),
    restore_type: withDefault(
      kind.oneOf(['copy-on-write', 'full-copy']),
      'copy-on-write',
      'How `clone` restores. A full copy takes hours and pays for all of its storage.',
    ),
  },
  network: {
    port: withDefault(
      kind.either(['source'], kind.between(1150, 65535)),
      'source',
      'The port of the cluster.',
    ),
    security_group_ids: withDefault(
      kind.either(
        ['own', 'source'],
        kind.listOf('one to five different security group ids (sg-...) with commas between them', GROUP, {
          least: 1,
          most: 5,
        }),
      ),
      'own',
      'Security groups of the cluster; `own` makes one for each copy, which admits `allowed_cidrs`.',
    ),
    allowed_cidrs: withDefault(
      kind.listOf(
        'different addresses or blocks such as 10.1.0.0/16 or the word "client", with commas between them',
        kind.either(['client'], kind.cidr),
        { least: 1, most: 50 },
      ),
      'client',
      'Who may connect; `client` is the address of the machine that converges.',
    ),
    publicly_accessible: withDefault(
      kind.either(['source'], kind.boolean),
      'source',
      'Whether the instances get a public address.',
    ),
    network_type: withDefault(
      kind.either(['source'], kind.oneOf(['IPV4', 'DUAL'])),
      'source',
      'Addresses of the cluster: IPv4 alone, or IPv6 as well.',
    ),
  },
  hardware: {
    readers: withDefault(kind.between(0, 15), '0', 'How many instances stand beside the writer.'),
    serverless_min_acu: withDefault(
      kind.either(['source', 'none'], kind.acu(0)),
      'source',
      'The least capacity of `db.serverless` instances, in Aurora capacity units.',
    ),
    serverless_max_acu: withDefault(
      kind.either(['source', 'none'], kind.acu(1)),
      'source',
      'The most capacity of `db.serverless` instances.',
    ),
    serverless_auto_pause: optional(
      kind.duration,
      'Idle time after which an instance with `serverless_min_acu = 0` pauses: 5 minutes to a day.',
    ),
    storage_type: withDefault(
      kind.either(['source'], kind.oneOf(['aurora', 'aurora-iopt1'])),
      'source',
      'The storage: standard, or I/O-Optimized.',
    ),
  },
  maintenance: {
    backup_window: withDefault(
      kind.either(['source'], kind.backupWindow),
      'source',
      'When automated backups are made.',
    ),
    backtrack_window: withDefault(
      kind.either(['source'], kind.backtrackWindow),
      'source',
      'How far back an Aurora MySQL copy can be rewound, though not beyond its making; 0: not at all.',
    ),
    backup_retention_days: withDefault(
      kind.either(['source'], kind.between(1, 35)),
      'source',
      'How long automated backups are kept.',
    ),
    maintenance_window: withDefault(
      kind.either(['source'], kind.maintenanceWindow),
      'source',
      'When maintenance may happen; it must not overlap the backup window.',
    ),
    auto_minor_version_upgrade: withDefault(
      kind.either(['source'], kind.boolean),
      'source',
      'Whether minor engine upgrades are applied by themselves.',
    ),
    cluster_parameter_group: withDefault(
      kind.either(['source'], kind.parameterGroup),
      'source',
      'The parameter group of the cluster.',
    ),
    instance_parameter_group: withDefault(
      kind.either(['source'], kind.parameterGroup),
      'source',
      'The parameter group of the instances.',
    ),
    ca_certificate: withDefault(
      kind.either(['source'], kind.matching('a CA such as rds-ca-rsa2048-g1', /^[A-Za-z](-?[A-Za-z0-9])*$/)),
      'source',
      'The certificate authority that signs the server certificates.',
    ),
    deletion_protection: withDefault(
      kind.boolean,
      'no',
      'Whether AWS itself refuses to delete the copy. `destroy` lifts it.',
    ),
    log_exports: withDefault(
      kind.either(
        ['source', 'none'],
        kind.listOf(`different logs with commas between them (${LOG.must})`, LOG),
      ),
      'source',
      'Logs that are sent to CloudWatch.',
    ),
    performance_insights_retention_days: withDefault(
      kind.either(['source', 'none'], INSIGHTS_DAYS),
      'source',
      'How long Performance Insights keeps its data; `none` turns it off.',
    ),
    performance_insights_kms_key_id: withDefault(
      kind.either(['source'], KEY),
      'source',
      'The key that encrypts the data of Performance Insights.',
    ),
    monitoring_interval: withDefault(
      kind.either(['source'], INTERVALS),
      'source',
      'Seconds between two samples of Enhanced Monitoring; 0 turns it off.',
    ),
    monitoring_role_arn: optional(
      kind.matching('the ARN of an IAM role', /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
      'The role that Enhanced Monitoring writes with; needed with a `monitoring_interval` above 0.',
    ),
    iam_authentication: withDefault(
      kind.either(['source'], kind.boolean),
      'source',
      'Whether database users may log in with IAM tokens.',
    ),
    kms_key_id: withDefault(
      kind.either(['source'], KEY),
      'source',
      'The key that encrypts the storage; needed to clone from another account.',
    ),
    data_api: withDefault(kind.either(['source'], kind.boolean), 'source', 'Whether the RDS Data API is on.'),
    copy_tags_to_snapshot: withDefault(
      kind.either(['source'], kind.boolean),
      'source',
      'Whether snapshots of a copy get its tags.',
    ),
  },
  schema: {
    liquibase_contexts: optional(
      kind.listOf('different words with commas between them', WORD),
      'Liquibase contexts to apply; without them every change set is applied.',
    ),
    liquibase_labels: optional(kind.line, 'A Liquibase label expression.'),
    liquibase_parameters: optional(
      kind.parameters,
      'Values for the parameters of the changelog: name=value pairs.',
    ),
    schema_sql_path: optional(kind.path, 'SQL that `create` runs, after the changelog if there is one.'),
    after_sql_path: optional(kind.path, 'SQL that `clone` and `create` run last, such as grants.'),
  },
  masking: {
    masking_sql_path: optional(kind.path, 'SQL that must succeed before anybody can reach a clone.'),
    masking_policy_path: optional(kind.path, 'A YAML file that says which columns are masked, and how.'),
    inherited_logins: optional(
      kind.oneOf(['lock', 'keep', 'rotate']),
      'What happens to the logins of the source in a clone. Default: `lock` with masking, `keep` without.',
    ),
  },
  image: {
    base: optional(
      kind.either(
        ['host'],
        kind.matching('"host" or an image reference', /^[a-z0-9][a-zA-Z0-9._:/@-]{0,511}$/),
      ),
      "The image that the artifact stands on, or `host` for this machine's own runtime.",
    ),
    platforms: optional(
      kind.listOf('platforms such as linux/amd64, linux/arm64', PLATFORM),
      'Platforms of the image. Default: those of its base.',
    ),
    title: optional(kind.line, 'A name for people, kept in the labels of the image.'),
    description: optional(kind.line, 'A sentence for people, kept in the labels of the image.'),
  },
  publisher: {
    contact: optional(kind.line, 'Whom a consumer asks when converging fails.'),
    url: optional(kind.webAddress, 'Where the artifact is described.'),
  },
  lifetime: {
    ttl: withDefault(
      kind.either(['none'], kind.duration),
      '24h',
      'How long a copy lives unless it is extended; `none` is for ever.',
    ),
    max_ttl: withDefault(
      kind.either(['none'], kind.duration),
      'none',
      'The longest life, counted from now, that a consumer may give to a copy.',
    ),
  },
} as const;

/** The one section whose keys are free. */
export const TAGS_SECTION = 'tags';

export interface IniKey {
  readonly section: string;
  readonly key: string;
  readonly must: string;
  readonly isRequired: boolean;
  readonly default: string | undefined;
  readonly meaning: string;
}

/** The grammar as a list, for documentation and `init`. */
export const INI_KEYS: readonly IniKey[] = Object.entries(GRAMMAR).flatMap(([section, keys]) =>
  Object.entries<Key<unknown>>(keys).map(
    ([
      key,
      {
        kind: { must },
        isRequired,
        default: text,
        meaning,
      },
    ]) => ({
      section,
      key,
      must,
      isRequired,
      default: text,
      meaning,
    }),
  ),
);

function required<const T>(of: Kind<T>, meaning: string): Key<T> {
  return { kind: of, isRequired: true, default: undefined, meaning };
}

function optional<const T>(of: Kind<T>, meaning: string): Key<T | undefined> {
  return { kind: of, isRequired: false, default: undefined, meaning };
}

function withDefault<const T>(of: Kind<T>, text: string, meaning: string): Key<T> {
  return { kind: of, isRequired: false, default: text, meaning };
}
