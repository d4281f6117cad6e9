// Tags of clusters that the local RDS itself understands. Knows what they say, not what is done about it.
import type { ClusterRecord, Tags } from './records.ts';

/** How many spares the cluster has, whatever `local up --warm` says. */
const WARM = 'db-artifact:warm';
const MOST_SPARES = 100;
/** `true` or `false`, whatever the cluster was made from and `local up --durable-copies` says. */
const DURABLE = 'db-artifact:durable';
/** Only in descriptions: `db-artifact show` reads it. Absent: a power cut is survived too. */
const SURVIVES = 'db-artifact:survives';

/** Undefined without such a tag; none where it makes no sense. */
export function readWarmTag({ tags }: Pick<ClusterRecord, 'tags'>): number | undefined {
  const value = tags[WARM];
  if (value === undefined) return undefined;
  return /^\d{1,3}$/.test(value) ? Math.min(Number(value), MOST_SPARES) : 0;
}

/** Undefined without such a tag, and where it makes no sense. */
export function readDurableTag({ tags }: Pick<ClusterRecord, 'tags'>): boolean | undefined {
  const value = tags[DURABLE];
  return value === 'true' || value === 'false' ? value === 'true' : undefined;
}

/** With what can only be said of it now. */
export function describeTags({ tags }: Pick<ClusterRecord, 'tags'>, isDurable: boolean): Tags {
  return isDurable ? tags : { ...tags, [SURVIVES]: 'crash' };
}

/** What is said of a source is not said of its clones, which have its other tags. */
export function dropOwnTags(tags: Tags): Tags {
  const { [WARM]: _warm, [DURABLE]: _durable, [SURVIVES]: _survives, ...others } = tags;
  return others;
}
