// What a list shows of an image: from manifest and config, without its layers.
import type { Image } from './image.ts';
import type { ImageSummary } from './store.ts';

export function summarizeImage(name: string, image: Image): ImageSummary {
  return {
    name,
    digest: image.digest,
    sizeBytes: getSizeBytes(image),
    created: image.config.created,
    labels: image.config.config?.Labels ?? {},
  };
}

/** Bytes of the config and the layers, as stored and sent. */
export function getSizeBytes(image: Image): number {
  return image.manifest.layers.reduce((sum, layer) => sum + layer.size, image.manifest.config.size);
}
