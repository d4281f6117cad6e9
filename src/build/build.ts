// The build pipeline: INI file -> spec -> discovered source -> what is carried -> image -> stores.
import { join } from 'node:path';
import type { Artifact, ArtifactFile, DiscoveredSource } from '../artifact/artifact.ts';
import { formatContent } from '../artifact/artifact-content.ts';
import { applyLiquibaseWish, type LiquibaseWish } from '../artifact/liquibase-wish.ts';
import { type ArtifactSpec, MODES, SPEC_VERSION } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { getMaskingDigest } from '../converge/masking/digest.ts';
import { getDigest } from '../image/digest.ts';
import type { Progress } from '../progress.ts';
import type { SqlFamily } from '../sql/connect.ts';
import { prepareCarried } from './carried.ts';
import { discoverSource } from './discover.ts';
import { type LiquibaseLayers, makeLiquibaseLayers } from './liquibase/layers.ts';
import { type PackRequest, type PackResult, packArtifact } from './pack-artifact.ts';
import { runPhase } from './phase.ts';
import { readSpecFile } from './read-spec-file.ts';
import type { Rehearsal, ThrowAwayDatabase } from './rehearse.ts';
import type { SourceLogin } from './source-database.ts';

export interface BuildRequest extends PackRequest {
  readonly iniPath: string;
  readonly aws: AwsConnection;
  readonly toolVersion: string;
  /** In place of what the INI file says. */
  readonly liquibase?: LiquibaseWish | undefined;
  /** Lets a masking policy be checked against the source's real schema. */
  readonly sourceLogin?: SourceLogin | undefined;
  /** Gives a database of the family for the rehearsal, or undefined where there is no server. Absent: no rehearsal. */
  readonly startThrowAwayDatabase?:
    | ((family: SqlFamily) => Promise<ThrowAwayDatabase | undefined>)
    | undefined;
}

export interface BuildResult extends PackResult {
  readonly artifact: Artifact;
  /** Undefined: there was nothing to rehearse. */
  readonly rehearsal: Rehearsal | undefined;
}

/** The oldest tool that understands what this one writes. */
const MINIMUM_TOOL_VERSION = '1.0.0';

/** Nothing is written before everything is made; repeated after any interruption it gives the same image. */
export async function buildArtifact(request: BuildRequest, progress: Progress): Promise<BuildResult> {
  const spec = applyWish(await readSpecFile(request.iniPath), request.liquibase);
  const source = `source ${spec.source.clusterId}`;
  const discovered = await runPhase(source, progress, () => discoverSource(spec, request.aws));
  const carried = await prepareCarried({ spec, discovered, request, progress });
  const cacheDir = join(request.dataDir, 'cache');
  const liquibase =
    carried.liquibase && (await makeLiquibaseLayers(carried.liquibase, cacheDir, request.env));
  const files = formatContent(carried.content);
  const artifact = makeArtifact({ spec, discovered, toolVersion: request.toolVersion, files, liquibase });
  const maskingDigest = getMaskingDigest(carried.content);
  const packed = await packArtifact(artifact, request, progress, { files, liquibase, maskingDigest });
  return { ...packed, artifact, rehearsal: carried.rehearsal };
}

function applyWish(spec: ArtifactSpec, wish: LiquibaseWish = {}): ArtifactSpec {
  return { ...spec, schema: applyLiquibaseWish(spec.schema, wish) };
}

interface ArtifactInput {
  readonly spec: ArtifactSpec;
  readonly discovered: DiscoveredSource;
  readonly toolVersion: string;
  readonly files: ReadonlyMap<string, string>;
  readonly liquibase: LiquibaseLayers | undefined;
}

function makeArtifact({ spec, discovered, toolVersion, files, liquibase }: ArtifactInput): Artifact {
  return {
    specVersion: SPEC_VERSION,
    toolVersion,
    minimumToolVersion: MINIMUM_TOOL_VERSION,
    modes: MODES,
    spec,
    discovered,
    ...(files.size > 0 ? { files: listFiles(files) } : {}),
    ...(liquibase && { liquibaseLayers: [...liquibase.shared, liquibase.java].map(({ diffId }) => diffId) }),
  };
}

function listFiles(files: ReadonlyMap<string, string>): readonly ArtifactFile[] {
  return [...files].map(([name, text]) => ({ name, digest: getDigest(Buffer.from(text)) }));
}
