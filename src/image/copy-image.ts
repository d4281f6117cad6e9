// Copies an image, with all its platforms, from any store to any other: push and pull are this.
import type { Progress } from '../progress.ts';
import { getPlatforms } from './find-image.ts';
import type { WriteResult } from './store.ts';
import { type ImageLocation, locateImage, type StoreContext } from './stores.ts';

/** `from` and `to` as locateImage reads them; where `to` names a store only, the name of `from` is kept. */
export async function copyImage(
  from: string,
  to: string,
  context: StoreContext,
  progress: Progress,
): Promise<WriteResult> {
  const phase = `copy ${from} to ${to}`;
  progress({ type: 'phase', phase, state: 'started' });
  try {
    const source = locateImage(from, context);
    const target = locateImage(to, context);
    const images = await getPlatforms(from, context);
    const index = await source.store.findIndex?.(source.reference);
    const name = target.reference || (target.store.name === 'layout' ? '' : getName(from, context));
    const written = await target.store.writeImage(name, images, index);
    const digests = new Set([written.digest, ...images.map(({ digest }) => digest)]);
    const attachedBytes = await copyReferrers(source, { ...target, reference: name }, digests);
    const writtenBytes = written.writtenBytes + attachedBytes;
    progress({ type: 'phase', phase, state: 'done', detail: `${writtenBytes} bytes` });
    return { ...written, writtenBytes };
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed' });
    throw error;
  }
}

/** What is attached to an image goes with it, where both places can hold such. */
async function copyReferrers(
  from: ImageLocation,
  to: ImageLocation,
  digests: Iterable<string>,
): Promise<number> {
  const { referrers: sources } = from.store;
  const { referrers: targets } = to.store;
  if (sources === undefined || targets === undefined) return 0;
  let writtenBytes = 0;
  for (const digest of digests) {
    for (const referrer of await sources.findReferrers(from.reference, digest)) {
      writtenBytes += await targets.writeReferrer(to.reference, referrer);
    }
  }
  return writtenBytes;
}

/** An archive or a layout may not tell: then any name will do that an engine takes. */
function getName(from: string, context: StoreContext): string {
  return locateImage(from, context).reference || 'image:latest';
}
