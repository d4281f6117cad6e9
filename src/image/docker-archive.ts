// Opens an image from a tar: an OCI layout in a tar, or what `docker save` wrote before Docker 25.
import { FactoryError } from '../errors.ts';
import { formatCanonicalJson } from './canonical-json.ts';
import { collectBytes, getDigest } from './digest.ts';
import type { Descriptor, Image, ImageConfig, Manifest, Platform } from './image.ts';
import { type FindFile, findDescriptor, makeBlobSource, readIndex } from './layout-files.ts';
import { OCI } from './media-types.ts';
import { openImage, parseDocument } from './open-image.ts';

/** One image of `manifest.json`. https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** The image of that name; an empty name means the only one. Undefined when the tar holds no such image. */
export async function openTarImage(
  findFile: FindFile,
  reference: string,
  platform?: Platform,
): Promise<Image | undefined> {
  const index = await readIndex(findFile);
  if (index !== undefined) {
    const descriptor = findDescriptor(index, reference);
    return descriptor && (await openImage(makeBlobSource(findFile), descriptor, platform));
  }
  const file = await findFile('manifest.json');
  if (file === undefined) {
    throw new FactoryError('IMAGE_DAMAGED', 'the archive holds no image: no index.json and no manifest.json');
  }
  const bytes = await collectBytes(file.open());
  const saved = parseDocument(bytes, { digest: 'manifest.json' }) as readonly SavedImage[];
  const found = saved.find((one) => reference === '' || one.RepoTags?.includes(reference));
  return found && (await openSavedImage(findFile, found));
}

/** There is no OCI manifest in it, so one is made: its layers are the plain tars. */
async function openSavedImage(findFile: FindFile, saved: SavedImage): Promise<Image> {
  const configFile = await getFile(findFile, saved.Config);
  const configBytes = await collectBytes(configFile.open());
  const configDigest = getDigest(configBytes);
  const config = parseDocument(configBytes, { digest: configDigest }) as ImageConfig;
  const layers = await Promise.all(
    saved.Layers.map(async (path, i) => {
      const file = await getFile(findFile, path);
      const digest = config.rootfs.diff_ids[i] ?? '';
      const descriptor: Descriptor = { mediaType: OCI.layer, digest, size: file.sizeBytes };
      return { descriptor, open: () => file.open() };
    }),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: { mediaType: OCI.config, digest: configDigest, size: configBytes.length },
    layers: layers.map((layer) => layer.descriptor),
  };
  const manifestBytes = Buffer.from(formatCanonicalJson(manifest));
  return { digest: getDigest(manifestBytes), manifest, manifestBytes, config, configBytes, layers };
}

async function getFile(findFile: FindFile, path: string) {
  const file = await findFile(path);
  if (file === undefined) throw new FactoryError('IMAGE_DAMAGED', `${path} is missing in the archive`);
  return file;
}
