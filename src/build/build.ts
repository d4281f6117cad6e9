// The build pipeline: INI file -> spec -> discovered source -> layers -> image -> stores.
import { readFile } from 'node:fs/promises';
import type { Artifact, DiscoveredSource } from '../artifact/artifact.ts';
import { readSpec } from '../artifact/read-spec.ts';
import { type ArtifactSpec, MODES, SPEC_VERSION } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { discoverSource } from './discover.ts';
import { type PackRequest, type PackResult, packArtifact } from './pack-artifact.ts';
import { runPhase } from './phase.ts';

export interface BuildRequest extends PackRequest {
  readonly iniPath: string;
  readonly aws: AwsConnection;
  readonly toolVersion: string;
}

export interface BuildResult extends PackResult {
  readonly artifact: Artifact;
}

/** The oldest tool that understands what this one writes. */
const MINIMUM_TOOL_VERSION = '1.0.0';

/** Nothing is written before everything is made; repeated after any interruption it gives the same image. */
export async function buildArtifact(request: BuildRequest, progress: Progress): Promise<BuildResult> {
  const spec = await readSpecFile(request.iniPath);
  checkSupported(spec);
  const source = `source ${spec.source.clusterId}`;
  const discovered = await runPhase(source, progress, () => discoverSource(spec, request.aws));
  const artifact = makeArtifact(spec, discovered, request.toolVersion);
  return { ...(await packArtifact(artifact, request, progress)), artifact };
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
    liquibase_changelog_path: liquibaseChangelogPath,
    '[schema] schema_sql_path': schemaSqlPath,
    '[schema] after_sql_path': afterSqlPath,
    '[masking] masking_sql_path': spec.masking.sqlPath,
    '[masking] masking_policy_path': spec.masking.policyPath,
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
