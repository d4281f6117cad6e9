// Writes what was built: to the local image store, to every store asked for, and into a Docker engine that answers.
import { getMessage } from '../errors.ts';
import { findRunningEngine } from '../image/docker/address.ts';
import type { Image } from '../image/image.ts';
import type { Referrer } from '../image/referrer.ts';
import type { ImageStore } from '../image/store.ts';
import { locateImage, type StoreContext } from '../image/stores.ts';
import type { Progress } from '../progress.ts';
import { runPhase } from './phase.ts';

export interface WrittenImages {
  readonly digest: string;
  readonly references: readonly string[];
}

export async function writeImages(
  { images, referrers }: { readonly images: readonly Image[]; readonly referrers: readonly Referrer[] },
  tags: readonly string[],
  stores: readonly string[],
  context: StoreContext,
  progress: Progress,
): Promise<WrittenImages> {
  const references: string[] = [];
  let digest = '';
  for (const text of [...tags, ...stores]) {
    const { store, reference } = locateImage(text, context);
    const name = reference || (store.name === 'layout' ? '' : (tags[0] as string));
    const written = await runPhase(`write ${text}`, progress, () => store.writeImage(name, images));
    await attach(store, name, referrers);
    digest = written.digest;
    references.push(text);
  }
  if (stores.some((text) => text.startsWith('docker:'))) return { digest, references };
  return { digest, references: [...references, ...(await writeToEngine(images, tags, context, progress))] };
}

async function attach(store: ImageStore, name: string, referrers: readonly Referrer[]): Promise<void> {
  for (const referrer of referrers) await store.referrers?.writeReferrer(name, referrer);
}

/** A convenience that was not asked for: where it fails, the image is still built. */
async function writeToEngine(
  images: readonly Image[],
  tags: readonly string[],
  context: StoreContext,
  progress: Progress,
): Promise<readonly string[]> {
  try {
    if ((await findRunningEngine(context.env)) === undefined) return [];
    for (const tag of tags) {
      const { store, reference } = locateImage(`docker:${tag}`, context);
      await runPhase(`write docker:${tag}`, progress, () => store.writeImage(reference, images));
    }
    return tags.map((tag) => `docker:${tag}`);
  } catch (error) {
    progress({ type: 'warning', message: `the image is not in the Docker engine: ${getMessage(error)}` });
    return [];
  }
}
