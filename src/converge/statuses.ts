// What the statuses of clusters and instances mean. A status that is not listed counts as passing, under a deadline.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
export type StatusClass = 'usable' | 'stopped' | 'final' | 'passing';

const USABLE = new Set([
  'available',
  'backing-up',
  'storage-optimization',
  'storage-config-upgrade',
  'storage-initialization',
]);

const FINAL = new Set([
  'cloning-failed',
  'migration-failed',
  'restore-failed',
  'failed',
  'modify-failed',
  'upgrade_failed',
  'upgrade-failed',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-create',
  'incompatible-credentials',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'restore-error',
  'insufficient-capacity',
  'storage-full',
  'deleting',
  'deleted',
]);

/** `final`: it will not become usable by waiting. */
export function classifyStatus(status: string | undefined): StatusClass {
  if (status === undefined) return 'passing';
  if (USABLE.has(status)) return 'usable';
  if (FINAL.has(status)) return 'final';
  return status === 'stopped' ? 'stopped' : 'passing';
}
