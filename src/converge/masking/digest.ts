// Names what a copy is masked by: the same policy and SQL, the same digest, at build and in every copy.
import { createHash } from 'node:crypto';
import type { ArtifactContent } from '../../artifact/artifact-content.ts';
import { formatSortedJson } from '../../artifact/sorted-json.ts';

type Masking = Pick<ArtifactContent, 'maskingPolicy' | 'maskingSql'>;

/** `sha256:` and 64 hexadecimal digits; undefined where there is no masking. */
export function getMaskingDigest({ maskingPolicy, maskingSql }: Masking): string | undefined {
  if (maskingPolicy === undefined && maskingSql === undefined) return undefined;
  const text = formatSortedJson([maskingPolicy ?? null, maskingSql ?? null]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
