// Platforms of images: `os/architecture[/variant]`, and the choice among the manifests of an index.
import { FactoryError } from '../errors.ts';
import type { Descriptor, Platform } from './image.ts';

/** Node's names that differ from Go's, which images use. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** What a container runs as on this machine: always Linux, also under a desktop's virtual machine. */
export function getHostPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.trim().split('/');
  if (!os || !architecture || variant === '' || more.length > 0) {
    throw new FactoryError('BAD_INVOCATION', `"${text}" is not a platform`, {
      hint: 'Write os/architecture, such as linux/amd64 or linux/arm64.',
    });
  }
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** The manifests of an index that are images: attestations say `unknown/unknown`. */
export function listPlatforms(manifests: readonly Descriptor[]): readonly Descriptor[] {
  return manifests.filter(({ platform }) => platform?.os !== 'unknown');
}

/** The manifest for `platform`; where it is left open, this machine's or the only one. */
export function pickManifest(manifests: readonly Descriptor[], platform: Platform | undefined): Descriptor {
  const images = listPlatforms(manifests);
  const wanted = platform ?? getHostPlatform();
  const found = images.find((one) => one.platform !== undefined && matches(one.platform, wanted));
  if (found !== undefined) return found;
  const [only] = images;
  if (platform === undefined && images.length === 1 && only !== undefined) return only;
  const offered = images.map((one) => (one.platform ? formatPlatform(one.platform) : 'unnamed'));
  throw new FactoryError('NOT_FOUND', `the image has no ${formatPlatform(wanted)}`, {
    hint: `It has ${offered.join(', ') || 'no platform at all'}.`,
  });
}

/** arm64 means arm64/v8 to every builder; other variants must be equal where both are named. */
function matches(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return offered.variant === undefined || wanted.variant === undefined || offered.variant === wanted.variant;
}
