// The seam of storage drivers: volumes (one data directory each) and copy-on-write copies of them.
// A driver knows directories, not engines: what makes a tree consistent is settled by databases.ts before it is asked.

export const DRIVER_NAMES = ['overlay', 'snapshot', 'reflink', 'copy'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** A volume that can be used now. */
export interface OpenVolume {
  /** The data directory as a process started through `launchPrefix` sees it. */
  readonly dataDir: string;
  /** Where new files of the data directory can be seen from outside, such as an engine's pid file. */
  readonly stateDir: string;
  /** Program and arguments to put before the engine's own; empty unless the volume is visible only inside. */
  readonly launchPrefix: readonly string[];
}

export interface VolumeSize {
  /** Bytes that would be free if this volume were removed. */
  readonly ownBytes: number;
  /** Bytes as an engine sees them. */
  readonly apparentBytes: number;
}

/** Paths, relative to the data directory, that a golden leaves out. */
export type Exclude = (relativePath: string) => boolean;

/**
 * Every method is safe to repeat after a crash: names that are half made are finished or made anew, names that are
 * gone count as removed. Ids are `[a-z0-9-]+`, unique over volumes and goldens alike.
 */
export interface StorageDriver {
  readonly name: DriverName;
  /** makeGolden takes one instant of the whole tree, even while it is written to. */
  readonly isGoldenAtomic: boolean;
  /** forkGolden copies no bytes: goldens are worth keeping. */
  readonly isForkCheap: boolean;
  /** An empty volume. */
  makeVolume(id: string): Promise<void>;
  /** An immutable copy of a volume as its data directory stands now. */
  makeGolden(volumeId: string, goldenId: string, exclude: Exclude): Promise<void>;
  /**
   * A writable volume that begins as the golden; `isLast` lets the driver use the golden up. Of `readFirst`, files of
   * the golden that a server is about to read, the fork gets copies that are in memory, where it can.
   */
  forkGolden(
    goldenId: string,
    volumeId: string,
    isLast: boolean,
    readFirst?: readonly string[],
  ): Promise<void>;
  /** A volume gets another id, and another path. It stays open where it was, but nothing may use it meanwhile. */
  rename(id: string, newId: string): Promise<void>;
  /**
   * Mounts where needed; a volume that is open already is returned as it is. What is written to one that is not
   * durable, which they are by default, may be lost with the power.
   */
  openVolume(id: string, isDurable?: boolean): Promise<OpenVolume>;
  closeVolume(id: string): Promise<void>;
  /** Removes a volume or golden, closed first; one that forks still need goes when the last of them goes. */
  remove(id: string): Promise<void>;
  measureVolume(id: string): Promise<VolumeSize>;
  /** Everything on disk, complete or not, for finding what nobody owns after a crash. */
  list(): Promise<readonly string[]>;
}
