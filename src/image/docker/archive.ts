// Finds an image in a tar: an OCI layout in a tar, or what `docker save` wrote before Docker 25.
import { FactoryError } from '../../errors.ts';
import { formatCanonicalJson } from '../canonical-json.ts';
import { collectBytes, makeBlob } from '../digest.ts';
import type { Blob, ImageConfig, Manifest } from '../image.ts';
import { type FindFile, findDescriptor, makeBlobSource, readIndex } from '../layout-files.ts';
import { OCI } from '../media-types.ts';
import { type ImageRoot, parseDocument } from '../open-image.ts';

/** One image of `manifest.json`. https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** What that name means, or with an empty name the only image. Undefined when the tar holds no such image. */
export async function findTarRoot(findFile: FindFile, reference: string): Promise<ImageRoot | undefined> {
  const index = await readIndex(findFile);
  if (index !== undefined) {
    const descriptor = findDescriptor(index, reference);
    return descriptor && { source: makeBlobSource(findFile), descriptor };
  }
  const file = await findFile('manifest.json');
  if (file === undefined) {
    throw new FactoryError('IMAGE_DAMAGED', 'the archive holds no image: no index.json and no manifest.json');
  }
  const bytes = await collectBytes(file.open());
  const saved = parseDocument(bytes, { digest: 'manifest.json' }) as readonly SavedImage[];
  const found = saved.find((one) => reference === '' || one.RepoTags?.includes(reference));
  return found && (await makeSavedRoot(findFile, found));
}

/** There is no OCI manifest in it, so one is made: its layers are the plain tars. */
async function makeSavedRoot(findFile: FindFile, saved: SavedImage): Promise<ImageRoot> {
  const configBytes = await collectBytes((await getFile(findFile, saved.Config)).open());
  const config = makeBlob(OCI.config, configBytes);
  const { rootfs } = parseDocument(configBytes, config.descriptor) as ImageConfig;
  const layers = await Promise.all(
    saved.Layers.map(async (path, i): Promise<Blob> => {
      const file = await getFile(findFile, path);
      const digest = rootfs.diff_ids[i] ?? '';
      return { descriptor: { mediaType: OCI.layer, digest, size: file.sizeBytes }, open: () => file.open() };
    }),
  );
  const manifest = makeBlob(OCI.manifest, formatManifest(config, layers));
  const blobs = new Map([manifest, config, ...layers].map((blob) => [blob.descriptor.digest, blob]));
  return { descriptor: manifest.descriptor, source: ({ digest }) => blobs.get(digest) as Blob };
}

function formatManifest(config: Blob, layers: readonly Blob[]): Uint8Array {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
  };
  return Buffer.from(formatCanonicalJson(manifest));
}

async function getFile(findFile: FindFile, path: string) {
  const file = await findFile(path);
  if (file === undefined) throw new FactoryError('IMAGE_DAMAGED', `${path} is missing in the archive`);
  return file;
}
