// The drivers in the order in which they are tried, each with what it takes to open it.
import { openCopyDriver } from './copy.ts';
import type { DriverName, StorageDriver } from './driver.ts';
import { openOverlayDriver } from './overlay.ts';
import { type MountKind, makeNamespaceMounts, makeRootMounts } from './overlay-mounts.ts';
import type { Place } from './place.ts';
import { probeOverlay, probeReflink, probeSnapshot, type WhyNot } from './probes.ts';
import { openReflinkDriver } from './reflink.ts';
import { openSnapshotDriver } from './snapshot.ts';

export interface Candidate {
  readonly driver: DriverName;
  readonly mounts?: MountKind;
  /** For people: what a fork is and costs. */
  readonly fork: string;
  probe(place: Place): Promise<WhyNot>;
  open(place: Place): Promise<StorageDriver>;
}

export const CANDIDATES: readonly Candidate[] = [
  {
    driver: 'overlay',
    mounts: 'root',
    fork: 'a fork is a mount and takes the same time for any size',
    probe: async (place) => (await probeReflink(place.root)) ?? (await probeOverlay(place, 'root')),
    open: async (place) => await openOverlayDriver(place, makeRootMounts(place)),
  },
  {
    driver: 'overlay',
    mounts: 'namespace',
    fork: 'a fork is a mount in a user namespace and takes the same time for any size',
    probe: async (place) => (await probeReflink(place.root)) ?? (await probeOverlay(place, 'namespace')),
    open: async (place) => await openOverlayDriver(place, makeNamespaceMounts(place)),
  },
  {
    driver: 'snapshot',
    fork: 'a fork is a btrfs snapshot and takes the same time for any size',
    probe: probeSnapshot,
    open: openSnapshotDriver,
  },
  {
    driver: 'reflink',
    fork: 'a fork shares blocks file by file and takes longer with every file',
    probe: async (place) => await probeReflink(place.root),
    open: openReflinkDriver,
  },
  {
    driver: 'copy',
    fork: 'a fork copies every byte',
    probe: async () => undefined,
    open: openCopyDriver,
  },
];
