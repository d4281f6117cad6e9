// Packs an artifact into images, one per platform, and writes them: document -> layers -> images -> stores.
import { join } from 'node:path';
import type { Artifact } from '../artifact/artifact.ts';
import { formatArtifact } from '../artifact/artifact-document.ts';
import type { Image, Platform } from '../image/image.ts';
import { formatPlatform, getHostPlatform, parsePlatform } from '../image/platform.ts';
import type { Referrer } from '../image/referrer.ts';
import type { StoreContext } from '../image/stores.ts';
import { getSizeBytes } from '../image/summarize-image.ts';
import type { Progress } from '../progress.ts';
import { makeArtifactImage } from './artifact-image.ts';
import { makeArtifactLayer, makeProgramLayer } from './artifact-layers.ts';
import { type Base, openBases } from './bases.ts';
import { getCreated } from './created.ts';
import type { LiquibaseLayers } from './liquibase/layers.ts';
import { runPhase } from './phase.ts';
import { loadSbomWriter, makeSbom, readPackages } from './sbom.ts';
import { writeImages } from './write-images.ts';

/** `dataDir` holds the local image store and the cache of layers. */
export interface PackRequest extends StoreContext {
  /** Names for the image; default `db-artifact:latest`. */
  readonly tags: readonly string[];
  /** Where to write it besides the local image store, such as `oci:FOLDER`, `FILE.tar` or `HOST/REPOSITORY:TAG`. */
  readonly stores: readonly string[];
  /** `host` or an image reference; default: what the INI says, else `host` on Linux. */
  readonly base?: string | undefined;
  /** `os/architecture[/variant]`; default: what the INI says, else the base's own. */
  readonly platforms: readonly string[];
  /** The bundled program that the image runs. */
  readonly programPath: string;
  /** Leaves the symbol tables of a `host` base out. */
  readonly strip?: boolean | undefined;
}

export interface PackResult {
  /** Of the manifest, or of the index of several platforms. */
  readonly digest: string;
  /** Of the first platform's config: what Docker shows as image ID. */
  readonly imageId: string;
  /** Every name under which it was written. */
  readonly references: readonly string[];
  /** Config and layers of the first platform, compressed. */
  readonly sizeBytes: number;
}

/** What the image carries beside the program and the artifact's document. */
export interface PackCargo {
  /** By name, beside the document. */
  readonly files?: ReadonlyMap<string, string> | undefined;
  readonly liquibase?: LiquibaseLayers | undefined;
  readonly maskingDigest?: string | undefined;
}

interface MadeImages {
  readonly images: readonly Image[];
  /** One for each image. */
  readonly sboms: readonly Referrer[];
}

const DEFAULT_TAG = 'db-artifact:latest';

/** Nothing is written before everything is made; repeated after any interruption it gives the same images. */
export async function packArtifact(
  artifact: Artifact,
  request: PackRequest,
  progress: Progress,
  cargo: PackCargo = {},
): Promise<PackResult> {
  const { images, sboms } = await runPhase('image', progress, () => makeImages(artifact, request, cargo));
  const tags = request.tags.length === 0 ? [DEFAULT_TAG] : request.tags;
  const written = await writeImages({ images, referrers: sboms }, tags, request.stores, request, progress);
  const first = images[0] as Image;
  return { ...written, imageId: first.manifest.config.digest, sizeBytes: getSizeBytes(first) };
}

/** They differ in their base, and in the Java runtime that only this machine's own has. */
async function makeImages(
  artifact: Artifact,
  request: PackRequest,
  { files, liquibase, maskingDigest }: PackCargo,
): Promise<MadeImages> {
  const { image } = artifact.spec;
  const platforms = request.platforms.length > 0 ? request.platforms : image.platforms;
  const created = getCreated(request.env);
  const document = formatArtifact(artifact);
  const cacheDir = join(request.dataDir, 'cache');
  const [program, own, bases, packages, sbomWriter] = await waitForAll([
    makeProgramLayer(request.programPath, cacheDir),
    makeArtifactLayer(document, files ?? new Map()),
    openBases({
      base: request.base ?? image.base,
      platforms: platforms.map(parsePlatform),
      cacheDir,
      created,
      isStripped: request.strip ?? false,
      context: request,
    }),
    readPackages(request.programPath),
    loadSbomWriter(),
  ]);
  const images = bases.map((base) => {
    const java = liquibase && isHostPlatform(base.image.config) ? [liquibase.java] : [];
    const layers = [...java, ...(liquibase?.shared ?? []), program, own];
    return makeArtifactImage({ base, layers, artifact, document, created, maskingDigest });
  });
  const sboms = images.map((image, i) =>
    makeSbom({ image, base: bases[i] as Base, artifact, created, packages }, sbomWriter),
  );
  return { images, sboms };
}

/** As Promise.all, but when one fails the others have ended, too: nothing is written to the cache any more. */
async function waitForAll<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  try {
    return await Promise.all(work);
  } finally {
    await Promise.allSettled(work);
  }
}

function isHostPlatform(platform: Platform): boolean {
  return formatPlatform(platform) === formatPlatform(getHostPlatform());
}
