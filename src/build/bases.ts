// Opens the base that an artifact's layers are put on: this machine's own Node, or an image from any store.
import { FactoryError } from '../errors.ts';
import { findImage, getImage } from '../image/find-image.ts';
import type { Image, Platform } from '../image/image.ts';
import { formatPlatform, getHostPlatform } from '../image/platform.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import { locateImage, type StoreContext } from '../image/stores.ts';
import { makeHostBase } from './host/base.ts';
import type { HostContents } from './host/packages.ts';

export interface BaseRequest {
  readonly base: string | undefined;
  /** Empty: the base's own, or this machine's of several. */
  readonly platforms: readonly Platform[];
  readonly cacheDir: string;
  readonly created: string;
  readonly isStripped: boolean;
  readonly context: StoreContext;
}

/** For machines whose own Node cannot run in a Linux container. */
const PULLED_BASE = 'docker.io/library/node:22-slim';

export interface Base {
  readonly image: Image;
  /** Its reference in a registry, where it is in one. */
  readonly name?: string | undefined;
  /** Of the base `host`: what this machine gave to it. */
  readonly hostContents?: HostContents | undefined;
}

/** One per platform, in the order asked for. */
export async function openBases(request: BaseRequest): Promise<readonly Base[]> {
  const base = request.base ?? getDefaultBase(process.platform);
  if (base === 'host') {
    checkHostPlatforms(request.platforms);
    const { image, contents } = await makeHostBase(request);
    return [{ image, hostContents: contents }];
  }
  const { platforms, context } = request;
  if (platforms.length === 0) return [await openBase(base, undefined, context)];
  return await Promise.all(platforms.map((platform) => openBase(base, platform, context)));
}

export function getDefaultBase(system: NodeJS.Platform): string {
  return system === 'linux' ? 'host' : PULLED_BASE;
}

/** A bare name that nobody here knows is on Docker Hub, as everywhere. */
async function openBase(text: string, platform: Platform | undefined, context: StoreContext): Promise<Base> {
  const { store, reference, isBareName } = locateImage(text, context);
  const image = isBareName ? await findImage(text, context, platform) : undefined;
  if (image !== undefined) return { image };
  if (isBareName) return await openBase(formatReference(parseReference(text)), platform, context);
  const name = store.name === 'registry' ? reference : undefined;
  return { image: await getImage(text, context, platform), name };
}

function checkHostPlatforms(platforms: readonly Platform[]): void {
  const own = formatPlatform(getHostPlatform());
  const others = platforms.map(formatPlatform).filter((platform) => platform !== own);
  if (others.length === 0) return;
  throw new FactoryError('NOT_SUPPORTED', `base "host" is ${own} and cannot be ${others.join(', ')}`, {
    hint: 'Use --base node:22-slim for other platforms.',
  });
}
