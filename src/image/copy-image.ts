// Copies an image, with all its platforms, from any store to any other: push and pull are this.
import type { Progress } from '../progress.ts';
import { getPlatforms } from './find-image.ts';
import type { WriteResult } from './store.ts';
import { locateImage, type StoreContext } from './stores.ts';

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
    const target = locateImage(to, context);
    const images = await getPlatforms(from, context);
    const name = target.reference || (target.store.name === 'layout' ? '' : getName(from, context));
    const written = await target.store.writeImage(name, images);
    progress({ type: 'phase', phase, state: 'done', detail: `${written.writtenBytes} bytes` });
    return written;
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed' });
    throw error;
  }
}

/** An archive or a layout may not tell: then any name will do that an engine takes. */
function getName(from: string, context: StoreContext): string {
  return locateImage(from, context).reference || 'image:latest';
}
