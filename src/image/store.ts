// The seam of places that images are read from and written to. Imports none of its variants; stores.ts picks.
import type { Image, Platform, PublishedIndex } from './image.ts';
import type { ReferrerStore } from './referrer.ts';

export type StoreName = 'layout' | 'archive' | 'docker' | 'registry';

export interface ImageSummary {
  readonly name: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly created?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface WriteResult {
  readonly digest: string;
  /** Where it can be found again, as a person would name it. */
  readonly reference: string;
  /** Bytes that had to be sent or stored; parts that the store had already do not count. */
  readonly writtenBytes: number;
}

export interface ImageStore {
  readonly name: StoreName;
  /** Absent where a store cannot hold documents about images. */
  readonly referrers?: ReferrerStore | undefined;
  /** The image under `reference` for `platform` (default: this machine's), or undefined. Damage is an error. */
  findImage(reference: string, platform?: Platform): Promise<Image | undefined>;
  /** The images of every platform under `reference`; none when there is no such name. */
  findPlatforms(reference: string): Promise<readonly Image[]>;
  /** The index under `reference` as it was published; absent where a store keeps none. */
  findIndex?(reference: string): Promise<PublishedIndex | undefined>;
  /** Writes all or nothing; what is there already is not sent again. Several images become `index`, or one that is made. */
  writeImage(reference: string, images: readonly Image[], index?: PublishedIndex): Promise<WriteResult>;
  /** Every image that can be listed without reading layers; a store that cannot list throws NOT_SUPPORTED. */
  listImages(): Promise<readonly ImageSummary[]>;
}
