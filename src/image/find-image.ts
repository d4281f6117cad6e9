// Opens the image that a text names, wherever it is.
import { FactoryError } from '../errors.ts';
import { findRunningEngine } from './docker/address.ts';
import { makeDockerStore } from './docker/store.ts';
import type { Image, Platform } from './image.ts';
import type { Referrer } from './referrer.ts';
import { locateImage, type StoreContext } from './stores.ts';

/** A bare name is looked for in the local image store, then in a Docker engine that answers. */
export async function findImage(
  text: string,
  context: StoreContext,
  platform?: Platform,
): Promise<Image | undefined> {
  const { store, reference, isBareName } = locateImage(text, context);
  const found = await store.findImage(reference, platform);
  if (found !== undefined || !isBareName) return found;
  if ((await findRunningEngine(context.env)) === undefined) return undefined;
  return await makeDockerStore(context.env).findImage(reference, platform);
}

export async function getImage(text: string, context: StoreContext, platform?: Platform): Promise<Image> {
  const image = await findImage(text, context, platform);
  if (image === undefined) throw describeMissing(text);
  return image;
}

/** The images of every platform, at least one. */
export async function getPlatforms(text: string, context: StoreContext): Promise<readonly Image[]> {
  const { store, reference, isBareName } = locateImage(text, context);
  const images = await store.findPlatforms(reference);
  if (images.length > 0) return images;
  const image = isBareName ? await findImage(text, context) : undefined;
  if (image === undefined) throw describeMissing(text);
  return [image];
}

/** What is attached to the image, where its place can hold such. */
export async function findReferrers(
  text: string,
  context: StoreContext,
  digest: string,
): Promise<readonly Referrer[]> {
  const { store, reference } = locateImage(text, context);
  return (await store.referrers?.findReferrers(reference, digest)) ?? [];
}

function describeMissing(text: string): FactoryError {
  return new FactoryError('NOT_FOUND', `there is no image ${text}`, {
    hint: 'List what there is with: db-artifact images',
  });
}
