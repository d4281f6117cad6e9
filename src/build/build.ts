// The build pipeline: INI file -> spec -> discovered source -> layers -> image -> stores.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, DiscoveredSource } from '../artifact/artifact.ts';
import { formatArtifact } from '../artifact/artifact-document.ts';
import { readSpec } from '../artifact/read-spec.ts';
import { type ArtifactSpec, MODES, SPEC_VERSION } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { parsePlatform } from '../image/platform.ts';
import { getSizeBytes } from '../image/summarize-image.ts';
import type { Progress } from '../progress.ts';
import { makeArtifactImage } from './artifact-image.ts';
import { makeArtifactLayer, makeProgramLayer } from './artifact-layers.ts';
import { openBases } from './bases.ts';
import { getCreated } from './created.ts';
import { discoverSource } from './discover.ts';
import { runPhase } from './phase.ts';
import { writeImages } from './write-images.ts';

export interface BuildRequest {
  readonly iniPath: string;
  /** Names for the image, such as `db-artifact:latest`, which is also the default. */
  readonly tags: readonly string[];
  /** Where to write it besides the local image store, such as `oci:FOLDER`, `FILE.tar` or `HOST/REPOSITORY:TAG`. */
  readonly stores: readonly string[];
  /** `host` or an image reference; default: what the INI says, else `host` on Linux. */
  readonly base?: string | undefined;
  /** `os/architecture[/variant]`; default: what the INI says, else the base's own. */
  readonly platforms: readonly string[];
  readonly aws: AwsConnection;
  /** Holds the local image store and the cache of layers. */
  readonly dataDir: string;
  /** The bundled program that the image runs. */
  readonly programPath: string;
  readonly toolVersion: string;
  readonly env: NodeJS.ProcessEnv;
  /** Leaves the symbol tables of a `host` base out. */
  readonly strip?: boolean | undefined;
}

export interface BuildResult {
  /** Of the manifest, or of the index of several platforms. */
  readonly digest: string;
  /** Of the first platform's config: what Docker shows as image ID. */
  readonly imageId: string;
  /** Every name under which it was written. */
  readonly references: readonly string[];
  /** Config and layers of the first platform, compressed. */
  readonly sizeBytes: number;
  readonly artifact: Artifact;
}

/** The oldest tool that understands what this one writes. */
const MINIMUM_TOOL_VERSION = '1.0.0';
const DEFAULT_TAG = 'db-artifact:latest';

/** Nothing is written before everything is made; repeated after any interruption it gives the same image. */
export async function buildArtifact(request: BuildRequest, progress: Progress): Promise<BuildResult> {
  const spec = await readSpecFile(request.iniPath);
  checkSupported(spec);
  const source = `source ${spec.source.clusterId}`;
  const discovered = await runPhase(source, progress, () => discoverSource(spec, request.aws));
  const artifact = makeArtifact(spec, discovered, request.toolVersion);
  const images = await runPhase('image', progress, () => makeImages(artifact, request));
  const tags = request.tags.length === 0 ? [DEFAULT_TAG] : request.tags;
  const written = await writeImages(images, tags, request.stores, request, progress);
  const first = images[0] as Image;
  const imageId = first.manifest.config.digest;
  return { ...written, imageId, sizeBytes: getSizeBytes(first), artifact };
}

async function readSpecFile(iniPath: string): Promise<ArtifactSpec> {
  const text = await readFile(iniPath, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_CONFIGURATION', `cannot read ${iniPath}: ${getMessage(error)}`, {
      cause: error,
    });
  });
  return readSpec(text, iniPath);
}

function checkSupported(spec: ArtifactSpec): void {
  const { liquibaseChangelogPath, schemaSqlPath, afterSqlPath } = spec.schema;
  const asked = {
    '[schema] liquibase_changelog_path': liquibaseChangelogPath,
    '[schema] schema_sql_path': schemaSqlPath,
    '[schema] after_sql_path': afterSqlPath,
    '[masking] sql_path': spec.masking.sqlPath,
    '[masking] policy_path': spec.masking.policyPath,
  };
  const problems = Object.entries(asked).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (problems.length === 0) return;
  throw new FactoryError('NOT_SUPPORTED', `not supported yet: ${problems.join(', ')}`);
}

function makeArtifact(spec: ArtifactSpec, discovered: DiscoveredSource, toolVersion: string): Artifact {
  return {
    specVersion: SPEC_VERSION,
    toolVersion,
    minimumToolVersion: MINIMUM_TOOL_VERSION,
    modes: MODES,
    spec,
    discovered,
  };
}

/** One image per platform; they differ in their base only. */
async function makeImages(artifact: Artifact, request: BuildRequest): Promise<readonly Image[]> {
  const { image } = artifact.spec;
  const platforms = request.platforms.length > 0 ? request.platforms : image.platforms;
  const created = getCreated(request.env);
  const document = formatArtifact(artifact);
  const layers = [await makeProgramLayer(request.programPath), await makeArtifactLayer(document)];
  const bases = await openBases({
    base: request.base ?? image.base,
    platforms: platforms.map(parsePlatform),
    cacheDir: join(request.dataDir, 'cache'),
    created,
    isStripped: request.strip ?? false,
    context: request,
  });
  return bases.map((base) => makeArtifactImage({ base, layers, artifact, document, created }));
}
