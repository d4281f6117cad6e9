// Finds out what a Docker engine has already, so that it need not be sent: the whole image, or its lower layers.

import type { Image } from '../image.ts';
import { formatReference, parseReference } from '../reference.ts';
import { callEngine, callEngineChecked, type EngineAddress, readJson } from './engine.ts';

interface InspectedImage {
  readonly Id: string;
  readonly RootFS?: { readonly Layers?: readonly string[] };
}

/** Enough to meet an image with the same base; each costs a millisecond. */
const MAX_INSPECTED = 30;

/** Gives the name to the image when the engine has it under any other. False where it has it not. */
export async function tagPresentImage(
  address: EngineAddress,
  reference: string,
  images: readonly Image[],
): Promise<boolean> {
  const [image, ...others] = images;
  if (image === undefined || others.length > 0) return false;
  // An image is called by its config's digest, and in the containerd store by its manifest's.
  for (const id of [image.manifest.config.digest, image.digest]) {
    const found = await inspectImage(address, id);
    if (found?.Id !== id) continue;
    const { tag = 'latest', ...rest } = parseReference(reference);
    const repo = encodeURIComponent(formatReference({ host: rest.host, repository: rest.repository }));
    const path = `/images/${id}/tag?repo=${repo}&tag=${tag}`;
    (await callEngineChecked(address, { method: 'POST', path })).resume();
    return true;
  }
  return false;
}

/** Digests of compressed layers whose content the engine has, in the same order from the bottom. */
export async function listPresentLayers(
  address: EngineAddress,
  images: readonly Image[],
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const [image, ...others] = images;
  if (image === undefined || others.length > 0 || (await hasContainerdStore(address))) return present;
  const listed = await getJson<readonly InspectedImage[]>(address, '/images/json');
  for (const { Id } of listed.slice(0, MAX_INSPECTED)) {
    const held = (await inspectImage(address, Id))?.RootFS?.Layers ?? [];
    const count = image.config.rootfs.diff_ids.findIndex((diffId, i) => diffId !== held[i]);
    const shared = image.manifest.layers.slice(0, count < 0 ? undefined : count);
    for (const layer of shared) present.add(layer.digest);
  }
  return present;
}

/** Docker's newer store keeps the compressed layers and wants all of them each time. */
async function hasContainerdStore(address: EngineAddress): Promise<boolean> {
  const { DriverStatus } = await getJson<{ DriverStatus?: readonly string[][] }>(address, '/info');
  return (DriverStatus ?? []).flat().some((text) => text.includes('io.containerd.snapshotter'));
}

async function inspectImage(address: EngineAddress, id: string): Promise<InspectedImage | undefined> {
  const response = await callEngine(address, { method: 'GET', path: `/images/${id}/json` });
  const found = (await readJson(response)) as InspectedImage;
  return response.statusCode === 200 ? found : undefined;
}

async function getJson<T>(address: EngineAddress, path: string): Promise<T> {
  return (await readJson(await callEngineChecked(address, { method: 'GET', path }))) as T;
}
