// Rules about several keys of an INI file at once. Each is only asked when the values themselves are good.
import type { ReadValues, Report } from './read-values.ts';
import { isOverlap } from './windows.ts';

export function checkTogether(read: ReadValues, report: Report): void {
  checkNetwork(read, report);
  checkServerless(read, report);
  checkMaintenance(read, report);
  checkInsights(read, report);
  checkSchema(read, report);
  checkLifetime(read, report);
}

function checkNetwork({ values, find }: ReadValues, report: Report): void {
  const { network } = values;
  if (network.network_type === 'DUAL' && network.publicly_accessible === true) {
    report(
      find('network', 'network_type'),
      '[network] network_type must be IPV4 with publicly_accessible = yes',
    );
  }
  const cidrs = find('network', 'allowed_cidrs');
  if (cidrs && network.security_group_ids !== 'own') {
    report(cidrs, '[network] allowed_cidrs must be left out unless security_group_ids is own');
  }
}

function checkServerless({ values, find }: ReadValues, report: Report): void {
  const {
    serverless_min_acu: least,
    serverless_max_acu: most,
    serverless_auto_pause: pause,
  } = values.hardware;
  const maxEntry = find('hardware', 'serverless_max_acu') ?? find('hardware', 'serverless_min_acu');
  if (typeof least !== typeof most || (typeof least === 'string' && least !== most)) {
    report(maxEntry, '[hardware] serverless_min_acu and serverless_max_acu must be given together');
  } else if (typeof least === 'number' && typeof most === 'number' && most < least) {
    report(maxEntry, `[hardware] serverless_max_acu must be at least ${least}, got "${most}"`);
  }
  if (values.target_db.instance_type === 'db.serverless' && least === 'none') {
    report(maxEntry, '[hardware] serverless_min_acu must be a number with instance_type = db.serverless');
  }
  const pauseEntry = find('hardware', 'serverless_auto_pause');
  if (pause === undefined || !pauseEntry) return;
  if (pause < 300 || pause > 86_400) {
    report(pauseEntry, `[hardware] serverless_auto_pause must be from 5m to 24h, got "${pauseEntry.value}"`);
  }
  if (least !== 0) {
    report(pauseEntry, '[hardware] serverless_auto_pause must be left out unless serverless_min_acu is 0');
  }
}

function checkMaintenance({ values, find }: ReadValues, report: Report): void {
  const { backup_window: backup, maintenance_window: maintenance } = values.maintenance;
  if (backup && maintenance && backup !== 'source' && isOverlap(backup, maintenance)) {
    report(
      find('maintenance', 'maintenance_window'),
      `[maintenance] maintenance_window must not overlap backup_window ${backup}, got "${maintenance}"`,
    );
  }
  const { monitoring_interval: interval, monitoring_role_arn: role } = values.maintenance;
  const intervalEntry = find('maintenance', 'monitoring_interval');
  if (typeof interval === 'number' && interval > 0 && !find('maintenance', 'monitoring_role_arn')) {
    report(intervalEntry, `[maintenance] monitoring_interval ${interval} must come with monitoring_role_arn`);
  }
  if (role !== undefined && !(typeof interval === 'number' && interval > 0)) {
    const entry = find('maintenance', 'monitoring_role_arn');
    report(entry, '[maintenance] monitoring_role_arn must come with a monitoring_interval above 0');
  }
}

function checkInsights({ values, find }: ReadValues, report: Report): void {
  if (values.maintenance.performance_insights_retention_days !== 'none') return;
  const entry = find('maintenance', 'performance_insights_kms_key_id');
  const without = 'must be left out with performance_insights_retention_days = none';
  if (entry) report(entry, `[maintenance] performance_insights_kms_key_id ${without}`);
}

function checkSchema({ values, find }: ReadValues, report: Report): void {
  const changelog = values.source_db.liquibase_changelog_path;
  if (changelog !== undefined && changelog !== 'dontcare') return;
  for (const key of ['liquibase_contexts', 'liquibase_labels', 'liquibase_parameters']) {
    const entry = find('schema', key);
    if (entry) report(entry, `[schema] ${key} must come with [source_db] liquibase_changelog_path`);
  }
}

function checkLifetime({ values, find }: ReadValues, report: Report): void {
  const { ttl, max_ttl: most } = values.lifetime;
  if (typeof most !== 'number' || (typeof ttl === 'number' && ttl <= most)) return;
  if (ttl === undefined) return; // reported already
  const entry = find('lifetime', 'ttl') ?? find('lifetime', 'max_ttl');
  report(entry, '[lifetime] ttl must not be longer than max_ttl');
}
