// Turns checked INI values into an ArtifactSpec: the INI's words on the left of the grammar, the product's words here.
import type { ReadValues, Values } from './read-values.ts';
import type { ArtifactSpec, HardwareSpec, MaintenanceSpec, MaskingSpec, SchemaSpec } from './spec.ts';

export function makeSpec({ values, tags }: ReadValues): ArtifactSpec {
  const { source_db, target_db, network, image, publisher, lifetime } = values;
  return {
    source: source_db.source_db_cluster_id,
    target: {
      subnetIds: target_db.subnet_ids,
      instanceClass: target_db.instance_type,
      databaseName: dropDontcare(target_db.database_name),
      restoreType: target_db.restore_type,
    },
    network: {
      port: network.port,
      securityGroupIds: network.security_group_ids,
      allowedCidrs: network.allowed_cidrs,
      isPubliclyAccessible: network.publicly_accessible,
      networkType: network.network_type,
    },
    hardware: makeHardware(values.hardware),
    maintenance: makeMaintenance(values.maintenance),
    schema: makeSchema(values),
    masking: makeMasking(values.masking),
    image: {
      base: image.base,
      platforms: image.platforms ?? [],
      title: image.title,
      description: image.description,
    },
    publisher,
    lifetime: { ttlSeconds: lifetime.ttl, maxTtlSeconds: lifetime.max_ttl },
    tags,
  };
}

function makeHardware(hardware: Values['hardware']): HardwareSpec {
  const { serverless_min_acu: minAcu, serverless_max_acu: maxAcu } = hardware;
  const serverless =
    typeof minAcu === 'number' && typeof maxAcu === 'number'
      ? { minAcu, maxAcu, autoPauseSeconds: hardware.serverless_auto_pause }
      : minAcu === 'none'
        ? 'none'
        : 'source';
  return { readers: hardware.readers, serverless, storageType: hardware.storage_type };
}

function makeMaintenance(maintenance: Values['maintenance']): MaintenanceSpec {
  return {
    backupWindow: maintenance.backup_window,
    backupRetentionDays: maintenance.backup_retention_days,
    maintenanceWindow: maintenance.maintenance_window,
    hasMinorUpgrades: maintenance.auto_minor_version_upgrade,
    clusterParameterGroup: maintenance.cluster_parameter_group,
    instanceParameterGroup: maintenance.instance_parameter_group,
    caCertificate: maintenance.ca_certificate,
    hasDeletionProtection: maintenance.deletion_protection,
    logExports: maintenance.log_exports === 'none' ? [] : maintenance.log_exports,
    performanceInsights: makeInsights(maintenance.performance_insights_retention_days),
    performanceInsightsKeyId: maintenance.performance_insights_kms_key_id,
    backtrackSeconds: maintenance.backtrack_window,
    monitoring: makeMonitoring(maintenance),
    hasIamAuthentication: maintenance.iam_authentication,
    kmsKeyId: maintenance.kms_key_id,
    hasDataApi: maintenance.data_api,
    copiesTagsToSnapshots: maintenance.copy_tags_to_snapshot,
  };
}

function makeInsights(days: 'source' | 'none' | number): MaintenanceSpec['performanceInsights'] {
  return typeof days === 'number' ? { retentionDays: days } : days;
}

function makeMonitoring(maintenance: Values['maintenance']): MaintenanceSpec['monitoring'] {
  const { monitoring_interval: intervalSeconds, monitoring_role_arn: roleArn } = maintenance;
  if (intervalSeconds === 'source') return 'source';
  return intervalSeconds === 0 || roleArn === undefined ? 'none' : { intervalSeconds, roleArn };
}

function makeSchema({ source_db, schema }: Values): SchemaSpec {
  return {
    liquibaseChangelogPath: dropDontcare(source_db.liquibase_changelog_path),
    liquibaseContexts: schema.liquibase_contexts ?? [],
    liquibaseLabels: schema.liquibase_labels,
    liquibaseParameters: schema.liquibase_parameters ?? {},
    schemaSqlPath: schema.schema_sql_path,
    afterSqlPath: schema.after_sql_path,
  };
}

function makeMasking(masking: Values['masking']): MaskingSpec {
  const hasMasking = masking.masking_sql_path !== undefined || masking.masking_policy_path !== undefined;
  return {
    sqlPath: masking.masking_sql_path,
    policyPath: masking.masking_policy_path,
    inheritedLogins: masking.inherited_logins ?? (hasMasking ? 'lock' : 'keep'),
  };
}

/** 0.1.0 wrote `dontcare` where a value matters only for the other mode. */
function dropDontcare(value: string | undefined): string | undefined {
  return value === 'dontcare' ? undefined : value;
}
