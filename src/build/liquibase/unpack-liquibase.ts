// Unpacks an artifact's Liquibase layers into a folder of the cache, for converging without a container. The folder is
// named by the layers, so it is unpacked once, and complete whenever it is there.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Artifact } from '../../artifact/artifact.ts';
import { FactoryError } from '../../errors.ts';
import { openChecked } from '../../image/digest.ts';
import type { Blob, Image } from '../../image/image.ts';
import { readTar } from '../../image/tar-reader.ts';
import { LIQUIBASE_HOME } from '../artifact-layers.ts';

/**
 * Unpacks Liquibase, the changelog and perhaps Java into a folder of `cacheDir` unless they are there, and returns its path. A
 * `ConvergeRequest` takes a function that does this as `openLiquibase`. Throws IMAGE_DAMAGED where the image holds none.
 */
export async function unpackLiquibase(image: Image, artifact: Artifact, cacheDir: string): Promise<string> {
  const layers = findLayers(image, artifact.liquibaseLayers ?? []);
  const names = layers.map(({ descriptor }) => descriptor.digest).sort();
  const folder = join(cacheDir, createHash('sha256').update(names.join()).digest('hex').slice(0, 32));
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) await unpackAll(layers, folder);
  return folder;
}

/** A runtime for another platform is listed, but not in this image. */
function findLayers(image: Image, diffIds: readonly string[]): readonly Blob[] {
  const layers = image.layers.filter((_, index) =>
    diffIds.includes(image.config.rootfs.diff_ids[index] ?? ''),
  );
  if (layers.length > 0) return layers;
  throw new FactoryError('IMAGE_DAMAGED', 'the artifact does not carry Liquibase for its changelog', {
    hint: 'Build the artifact again.',
  });
}

async function unpackAll(layers: readonly Blob[], folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  try {
    await chmod(temporary, 0o755);
    for (const layer of layers) await unpackLayer(layer, temporary);
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another run was faster
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function unpackLayer(layer: Blob, folder: string): Promise<void> {
  const checked = Readable.from(openChecked(layer));
  const tar = layer.descriptor.mediaType.endsWith('gzip') ? createGunzip() : undefined;
  if (tar) checked.on('error', (error) => tar.destroy(error)).pipe(tar);
  const home = `${LIQUIBASE_HOME.slice(1)}/`;
  for await (const entry of readTar(tar ?? checked)) {
    const path = normalize(entry.path);
    if (entry.typeFlag !== '0' || !path.startsWith(home)) continue;
    const target = join(folder, path.slice(home.length));
    await mkdir(dirname(target), { recursive: true });
    const mode = /\/(bin\/[^/]+|lib\/jspawnhelper|[^/]+\.so(\.\d+)*)$/.test(path) ? 0o755 : 0o644;
    await pipeline(Readable.from(entry.content), createWriteStream(target, { mode }));
  }
}
