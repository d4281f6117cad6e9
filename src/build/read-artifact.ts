// Reads the artifact that an image carries: from its labels, or from its layer where they are too short for it.
import { createGunzip, gunzipSync } from 'node:zlib';
import type { Artifact } from '../artifact/artifact.ts';
import { parseArtifact } from '../artifact/artifact-document.ts';
import { FactoryError } from '../errors.ts';
import { yieldOnce } from '../image/chunks.ts';
import { checkStream, collectBytes, getDigest } from '../image/digest.ts';
import type { Blob, Image } from '../image/image.ts';
import { readTar } from '../image/tar-reader.ts';
import { ARTIFACT_PATH } from './artifact-layers.ts';
import { LABELS } from './labels.ts';

/** A layer above this size is a base's, not an artifact's. */
const MAX_LAYER_BYTES = 64 * 1024 * 1024;
const GZIP_SUFFIX = /gzip$/;

export async function readArtifact(image: Image): Promise<Artifact> {
  const labels = image.config.config?.Labels ?? {};
  const digest = labels[LABELS.digest];
  if (digest === undefined) {
    throw new FactoryError('BAD_CONFIGURATION', 'the image is not a database artifact', {
      hint: 'Name an image that db-artifact build made.',
    });
  }
  const document = readLabel(labels) ?? (await findDocument(image));
  if (document === undefined || getDigest(document) !== digest) {
    const problem = document === undefined ? 'is missing' : `is not ${digest}`;
    throw new FactoryError('IMAGE_DAMAGED', `the artifact in the image ${problem}`);
  }
  return parseArtifact(document.toString(), `image ${image.digest}`);
}

function readLabel(labels: Readonly<Record<string, string>>): Buffer | undefined {
  const { [LABELS.document]: text, [LABELS.compressedDocument]: compressed } = labels;
  if (text !== undefined) return Buffer.from(text);
  return compressed === undefined ? undefined : gunzipSync(Buffer.from(compressed, 'base64'));
}

/** Looked for from the top, since an image may have been built on the artifact's. */
async function findDocument(image: Image): Promise<Buffer | undefined> {
  for (const layer of image.layers.toReversed()) {
    if (layer.descriptor.size > MAX_LAYER_BYTES) continue;
    const found = await findFileInLayer(layer, ARTIFACT_PATH.slice(1));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findFileInLayer(layer: Blob, path: string): Promise<Buffer | undefined> {
  const bytes = await collectBytes(checkStream(layer.open(), layer.descriptor));
  const tar = GZIP_SUFFIX.test(layer.descriptor.mediaType) ? createGunzip() : undefined;
  tar?.end(bytes);
  for await (const entry of readTar(tar ?? yieldOnce(bytes))) {
    if (entry.path === path) return await collectBytes(entry.content);
  }
  return undefined;
}
