// The shape of an artifact document, for documents from outside; the types are in artifact.ts and spec.ts.
import { z } from 'zod';
import type { Artifact } from './artifact.ts';
import { LONGEST_BACKTRACK_SECONDS } from './kinds.ts';
import { MODES, SPEC_VERSION } from './spec.ts';

const text = z.string().min(1);
const texts = z.array(text);
const optionalText = text.optional();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const port = z.int().min(1).max(65535);
const textMap = z.record(z.string(), z.string());
const source = z.literal('source');
const none = z.literal('none');
const fromSource = <T extends z.ZodType>(of: T) => z.union([source, of]);
const booleanFromSource = fromSource(z.boolean());
const textFromSource = fromSource(text);

const networkType = z.enum(['IPV4', 'DUAL']);
const storageType = z.enum(['aurora', 'aurora-iopt1']);
const serverless = z.union([
  none,
  z.object({ minAcu: z.number(), maxAcu: z.number(), autoPauseSeconds: z.number().optional() }),
]);
const insights = z.union([none, z.object({ retentionDays: z.int() })]);
const backtrack = z.int().min(0).max(LONGEST_BACKTRACK_SECONDS);
const seconds = z.union([none, z.number().positive()]);

const MAINTENANCE = z.object({
  backupWindow: textFromSource,
  backupRetentionDays: fromSource(z.int()),
  maintenanceWindow: textFromSource,
  hasMinorUpgrades: booleanFromSource,
  clusterParameterGroup: textFromSource,
  instanceParameterGroup: textFromSource,
  caCertificate: textFromSource,
  hasDeletionProtection: z.boolean(),
  logExports: fromSource(texts),
  performanceInsights: z.union([source, insights]),
  monitoring: z.union([source, none, z.object({ intervalSeconds: z.int(), roleArn: text })]),
  performanceInsightsKeyId: textFromSource.optional(),
  backtrackSeconds: fromSource(backtrack).optional(),
  hasIamAuthentication: booleanFromSource,
  kmsKeyId: textFromSource,
  hasDataApi: booleanFromSource,
  copiesTagsToSnapshots: booleanFromSource,
});

const SPEC = z.object({
  source: z.object({ clusterId: text, arn: optionalText, region: optionalText }),
  target: z.object({
    subnetIds: fromSource(texts),
    instanceClass: textFromSource,
    databaseName: optionalText,
    restoreType: z.enum(['copy-on-write', 'full-copy']),
  }),
  network: z.object({
    port: fromSource(port),
    securityGroupIds: z.union([z.literal('own'), source, texts]),
    allowedCidrs: texts,
    isPubliclyAccessible: booleanFromSource,
    networkType: fromSource(networkType),
  }),
  hardware: z.object({
    readers: z.int().min(0).max(15),
    serverless: z.union([source, serverless]),
    storageType: fromSource(storageType),
  }),
  maintenance: MAINTENANCE,
  schema: z.object({
    liquibaseChangelogPath: optionalText,
    liquibaseContexts: texts,
    liquibaseLabels: optionalText,
    liquibaseParameters: textMap,
    schemaSqlPath: optionalText,
    afterSqlPath: optionalText,
  }),
  masking: z.object({
    sqlPath: optionalText,
    policyPath: optionalText,
    inheritedLogins: z.enum(['lock', 'keep', 'rotate']),
  }),
  image: z.object({
    base: optionalText,
    platforms: texts,
    title: optionalText,
    description: optionalText,
  }),
  publisher: z.object({ contact: optionalText, url: optionalText }),
  lifetime: z.object({ ttlSeconds: seconds, maxTtlSeconds: seconds }),
  tags: textMap,
});

const DISCOVERED = z.object({
  engine: z.enum(['aurora-postgresql', 'aurora-mysql']),
  engineVersion: text,
  port,
  vpcId: text,
  subnets: z.array(z.object({ id: text, zone: text })),
  storageZones: texts,
  databaseName: optionalText,
  instanceClass: text,
  isPubliclyAccessible: z.boolean(),
  networkType,
  securityGroupIds: texts,
  isEncrypted: z.boolean(),
  storageType,
  serverless,
  maintenance: z.object({
    backupWindow: text,
    backupRetentionDays: z.int(),
    maintenanceWindow: text,
    hasMinorUpgrades: z.boolean(),
    clusterParameterGroup: text,
    instanceParameterGroup: text,
    caCertificate: text,
    logExports: texts,
    performanceInsights: insights,
    backtrackSeconds: backtrack.optional(),
    hasIamAuthentication: z.boolean(),
    hasDataApi: z.boolean(),
    copiesTagsToSnapshots: z.boolean(),
  }),
});

export const ARTIFACT_SHAPE: z.ZodType<Artifact> = z.object({
  specVersion: z.int().min(1).max(SPEC_VERSION),
  toolVersion: text,
  minimumToolVersion: text,
  modes: z.array(z.enum(MODES)).min(1),
  spec: SPEC,
  discovered: DISCOVERED,
  files: z.array(z.object({ name: z.string().regex(/^[\w-]+\.json$/), digest })).optional(),
  liquibaseLayers: z.array(digest).optional(),
});
