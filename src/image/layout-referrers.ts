// Referrers in a layout: entries of its index without a name, that say their type.
import type { Descriptor } from './image.ts';
import type { BlobSource, ImageIndex } from './open-image.ts';
import { openReferrer, type Referrer } from './referrer.ts';

export function isReferrer({ artifactType }: Descriptor): boolean {
  return artifactType !== undefined;
}

export async function listReferrers(source: BlobSource, index: ImageIndex): Promise<readonly Referrer[]> {
  const opened = index.manifests.filter(isReferrer).map((one) => openReferrer(source, one));
  return (await Promise.all(opened)).filter((one) => one !== undefined);
}
