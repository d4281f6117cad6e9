// Referrers in a registry: its own list where it keeps one, else an index under the tag `sha256-HEX`.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
import { formatCanonicalJson } from '../canonical-json.ts';
import { getHex, makeBlob } from '../digest.ts';
import type { Descriptor } from '../image.ts';
import { OCI } from '../media-types.ts';
import { type ImageIndex, parseDocument } from '../open-image.ts';
import { getReferrerBlob, openReferrer, type Referrer } from '../referrer.ts';
import { findManifest, makeRegistrySource } from './pull.ts';
import { type PushOptions, pushBlob, pushManifest } from './push.ts';
import { readBytes } from './request.ts';
import type { RegistrySession } from './session.ts';

const MAX_LIST_BYTES = 4 * 1024 * 1024;

export async function findReferrers(session: RegistrySession, digest: string): Promise<readonly Referrer[]> {
  const listed = (await askRegistry(session, digest)) ?? (await readTag(session, digest));
  const source = makeRegistrySource(session);
  const opened = await Promise.all(listed.map((one) => openReferrer(source, one)));
  return opened.filter((one) => one !== undefined);
}

export async function writeReferrer(
  session: RegistrySession,
  referrer: Referrer,
  options: PushOptions,
): Promise<number> {
  const { digest } = referrer.subject;
  const [listed, ...sizes] = await Promise.all([
    askRegistry(session, digest),
    ...referrer.blobs.map((blob) => pushBlob(session, blob, undefined, options)),
  ]);
  const manifestBytes = await pushManifest(session, referrer.descriptor.digest, getReferrerBlob(referrer));
  const tagBytes = listed === undefined ? await addToTag(session, digest, referrer.descriptor) : 0;
  return [...sizes, manifestBytes, tagBytes].reduce((sum, bytes) => sum + bytes, 0);
}

/** Undefined where the registry keeps no list. */
async function askRegistry(
  session: RegistrySession,
  digest: string,
): Promise<readonly Descriptor[] | undefined> {
  const response = await session.call({
    method: 'GET',
    target: `referrers/${digest}`,
    headers: { accept: OCI.index },
    accepts: [200, 400, 404, 405],
  });
  const bytes = await readBytes(response, MAX_LIST_BYTES);
  const isList = (response.headers['content-type'] ?? '').startsWith(OCI.index);
  if (response.statusCode !== 200 || !isList) return undefined;
  return (parseDocument(bytes, { digest: 'the list of referrers' }) as ImageIndex).manifests;
}

async function readTag(session: RegistrySession, digest: string): Promise<readonly Descriptor[]> {
  const found = await findManifest(session, getTag(digest));
  if (found === undefined) return [];
  return (parseDocument(found.bytes, found.descriptor) as Partial<ImageIndex>).manifests ?? [];
}

async function addToTag(session: RegistrySession, digest: string, referrer: Descriptor): Promise<number> {
  const before = await readTag(session, digest);
  if (before.some((one) => one.digest === referrer.digest)) return 0;
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests: [...before, referrer] };
  const blob = makeBlob(OCI.index, Buffer.from(formatCanonicalJson(index)));
  return await pushManifest(session, getTag(digest), blob);
}

function getTag(digest: string): string {
  return `sha256-${getHex(digest)}`;
}
