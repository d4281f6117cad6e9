import { describe, expect, test } from 'vitest';
import type { Descriptor, Platform } from '../../../src/image/image.ts';
import { formatPlatform, parsePlatform, pickManifest } from '../../../src/image/platform.ts';

function describeManifest(platform: Platform): Descriptor {
  return { mediaType: 'manifest', digest: formatPlatform(platform), size: 1, platform };
}

const MANIFESTS = ['linux/s390x', 'linux/arm64/v8', 'unknown/unknown'].map((text) =>
  describeManifest(parsePlatform(text)),
);

describe('pickManifest', () => {
  test('finds a platform with or without its variant', () => {
    expect(pickManifest(MANIFESTS, parsePlatform('linux/arm64')).digest).toBe('linux/arm64/v8');
    expect(pickManifest(MANIFESTS, parsePlatform('linux/arm64/v8')).digest).toBe('linux/arm64/v8');
  });

  test('says what there is instead', () => {
    const pick = () => pickManifest(MANIFESTS, parsePlatform('linux/arm/v7'));
    expect(pick).toThrow('the image has no linux/arm/v7');
    expect(pick).toThrow(expect.objectContaining({ hint: 'It has linux/s390x, linux/arm64/v8.' }));
  });

  test('takes the only one when none was asked for', () => {
    expect(pickManifest(MANIFESTS.slice(0, 1), undefined).digest).toBe('linux/s390x');
  });
});

test.each(['linux', 'linux/', '/amd64', 'a/b/c/d', 'linux/arm/'])('"%s" is not a platform', (text) => {
  expect(() => parsePlatform(text)).toThrow('is not a platform');
});
