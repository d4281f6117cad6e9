// Reads what lies beside the artifact document: in an image's layer, or in the root file system of a running container.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Artifact } from '../artifact/artifact.ts';
import { type ArtifactContent, checkContent } from '../artifact/artifact-content.ts';
import { parseContent } from '../artifact/parse-content.ts';
import { FactoryError } from '../errors.ts';
import { yieldOnce } from '../image/chunks.ts';
import { collectBytes, getDigest, openChecked } from '../image/digest.ts';
import type { Blob, Image } from '../image/image.ts';
import { readTar } from '../image/tar-reader.ts';
import { ARTIFACT_PATH } from './artifact-layers.ts';

/** A layer above this size is a base's, not an artifact's. */
const MAX_LAYER_BYTES = 64 * 1024 * 1024;
const GZIP_SUFFIX = /gzip$/;
const FOLDER = `${dirname(ARTIFACT_PATH).slice(1)}/`;

/**
 * What an artifact carries beside its document: SQL files, split, and a masking policy. Goes into a `ConvergeRequest` as
 * `content`; an artifact that carries none gives an empty one.
 * Throws IMAGE_DAMAGED unless all is there that the artifact lists and asks for.
 */
export async function readContent(image: Image, artifact: Artifact): Promise<ArtifactContent> {
  const files = artifact.files?.length ? await readArtifactFolder(image) : undefined;
  return await checkFiles(artifact, async (name) => files?.get(name));
}

/** `path` is where the document lies. */
export async function readContentBeside(path: string, artifact: Artifact): Promise<ArtifactContent> {
  return await checkFiles(artifact, (name) =>
    readFile(join(dirname(path), name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  );
}

async function checkFiles(
  artifact: Artifact,
  read: (name: string) => Promise<Buffer | undefined>,
): Promise<ArtifactContent> {
  const texts = new Map<string, string>();
  for (const { name, digest } of artifact.files ?? []) {
    const bytes = await read(name);
    if (bytes === undefined || getDigest(bytes) !== digest) {
      const problem = bytes === undefined ? 'is missing' : `is not ${digest}`;
      throw new FactoryError('IMAGE_DAMAGED', `${name} of the artifact ${problem}`);
    }
    texts.set(name, bytes.toString());
  }
  const content = parseContent(texts, 'the artifact');
  checkContent(artifact, content);
  return content;
}

/** By name. Looked for from the top, since an image may have been built on the artifact's. */
export async function readArtifactFolder(image: Image): Promise<ReadonlyMap<string, Buffer>> {
  for (const layer of image.layers.toReversed()) {
    if (layer.descriptor.size > MAX_LAYER_BYTES) continue;
    const files = await readLayerFolder(layer);
    if (files.size > 0) return files;
  }
  return new Map();
}

async function readLayerFolder(layer: Blob): Promise<ReadonlyMap<string, Buffer>> {
  const bytes = await collectBytes(openChecked(layer));
  const tar = GZIP_SUFFIX.test(layer.descriptor.mediaType) ? createGunzip() : undefined;
  tar?.end(bytes);
  const files = new Map<string, Buffer>();
  for await (const entry of readTar(tar ?? yieldOnce(bytes))) {
    if (entry.typeFlag !== '0' || !entry.path.startsWith(FOLDER)) continue;
    files.set(entry.path.slice(FOLDER.length), await collectBytes(entry.content));
  }
  return files;
}
