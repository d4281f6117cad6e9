// Which instance of a cluster writes. The others are readers. Pure.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
import type { ClusterRecord, InstanceRecord } from './records.ts';

/** The one that the record names; when that goes, the reader of the lowest tier, then the oldest. */
export function findWriter(
  { writerId }: Pick<ClusterRecord, 'writerId'>,
  instances: readonly InstanceRecord[],
): InstanceRecord | undefined {
  const staying = instances.filter(({ status }) => status !== 'deleting');
  const named = (candidates: readonly InstanceRecord[]) => candidates.find(({ id }) => id === writerId);
  return named(staying) ?? pickNext(staying) ?? named(instances) ?? instances[0];
}

/** Who takes over from the writer; one that has failed only where there is no other. */
export function pickNext(candidates: readonly InstanceRecord[]): InstanceRecord | undefined {
  const rank = ({ status, promotionTier }: InstanceRecord) =>
    promotionTier + (/failed|storage-full/.test(status) ? 100 : 0);
  return [...candidates].sort(
    (one, other) => rank(one) - rank(other) || one.createdAt.localeCompare(other.createdAt),
  )[0];
}
