// Warm spares: ready servers on ready forks of a source that nobody has asked for yet, and nobody can log in to. They are
// known in memory alone and have no record, so that after a crash they are leftovers like any other.
import { readWarmTag } from '../own-tags.ts';
import type { ClusterRecord, ServerRecord } from '../records.ts';

/** What a cluster record takes over. */
export interface Spare {
  readonly resourceId: string;
  readonly port: number;
  readonly server: ServerRecord;
  /** Of the source when it was forked. */
  readonly contentKey: string;
}

export interface Spares {
  list(sourceResourceId: string): readonly Spare[];
  listAll(): readonly Spare[];
  add(sourceResourceId: string, spare: Spare): void;
  /** It is nobody else's from now on. */
  remove(sourceResourceId: string, spare: Spare): void;
  /** Whether the source has held this since the last time it was asked: one that is being written to has no use for spares. */
  isSettled(sourceResourceId: string, contentKey: string): boolean;
}

export function makeSpares(): Spares {
  const spares = new Map<string, readonly Spare[]>();
  const seen = new Map<string, string>();
  const list = (sourceResourceId: string) => spares.get(sourceResourceId) ?? [];
  return {
    list,
    listAll: () => [...spares.values()].flat(),
    add(sourceResourceId, spare) {
      spares.set(sourceResourceId, [...list(sourceResourceId), spare]);
    },
    remove(sourceResourceId, spare) {
      const rest = list(sourceResourceId).filter((other) => other !== spare);
      if (rest.length > 0) spares.set(sourceResourceId, rest);
      else spares.delete(sourceResourceId);
    },
    isSettled(sourceResourceId, contentKey) {
      const isSame = seen.get(sourceResourceId) === contentKey;
      seen.set(sourceResourceId, contentKey);
      return isSame;
    },
  };
}

/** Stands for the name of a cluster until it is one. */
export function nameSpare({ resourceId }: Pick<Spare, 'resourceId'>): string {
  return `spare-${resourceId.slice(-8).toLowerCase()}`;
}

/** Clusters may be named so, too. */
export function isSpareName(name: string): boolean {
  return /^spare-[a-z0-9]{8}$/.test(name);
}

/** Without a word about itself, a cluster that was cloned before and is no clone has as many as every source. */
export function countWantedSpares(cluster: ClusterRecord, warm: number): number {
  const { origin, status, cloneGroupId, isVolumeReady } = cluster;
  if (!isVolumeReady || !/^(available|stopped)$/.test(status)) return 0;
  const own = readWarmTag(cluster);
  if (own !== undefined) return own;
  return cloneGroupId !== undefined && origin.kind !== 'restore' ? warm : 0;
}
