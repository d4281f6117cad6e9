// What the steps of a converging share, as preparing would give it, without asking anybody.
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { ArtifactContent } from '../../src/artifact/artifact-content.ts';
import type { ArtifactSpec, Mode } from '../../src/artifact/spec.ts';
import type { AwsConnection } from '../../src/aws/connect.ts';
import type { CopyBuild } from '../../src/converge/build.ts';
import { findGateWork } from '../../src/converge/gate/gate.ts';
import { resolveSettings } from '../../src/converge/settings.ts';
import type { LiveSource } from '../../src/converge/source.ts';
import { makeTags } from '../../src/converge/tags.ts';
import { makeRequest } from './account.ts';

export interface BuildWish {
  readonly name?: string;
  readonly mode?: Mode;
  readonly cluster?: LiveSource['cluster'];
}

export function makeBuild(
  artifact: Artifact,
  { name = 'copy', mode = 'clone', cluster }: BuildWish = {},
): CopyBuild {
  const { source } = artifact.spec;
  const request = makeRequest({} as AwsConnection, artifact, {
    ...{ name, mode, content: makeContent(artifact.spec) },
    openLiquibase: async () => '/nonexistent',
  });
  const liveSource: LiveSource = {
    cluster: { DBClusterIdentifier: source.clusterId, MasterUsername: 'dba', ...cluster },
    writer: {},
    isShared: false,
    identity: { clusterId: source.clusterId, resourceId: 'cluster-SOURCE' },
  };
  const work = findGateWork(request);
  const own = {
    name,
    run: 'run-1',
    owner: 'alice',
    source: source.clusterId,
    'source-resource': 'cluster-SOURCE',
  };
  const times = { created: '2030-01-01T00:00:00Z', expires: '2030-01-01T08:00:00Z' };
  return {
    ...{ aws: request.aws, name, request, liveSource, source: liveSource.identity, owner: 'alice' },
    settings: resolveSettings(artifact, mode, liveSource),
    tags: makeTags({ ...own, ...times, mode, gate: work && 'shut' }, artifact.spec.tags),
    ...{ vpcId: 'vpc-0123456789abcdef0', cidrs: ['203.0.113.7/32', '2001:db8::/64'] },
    ...{
      password: 'Correct-Horse-42',
      isPasswordAsked: false,
      isPasswordOfOthers: false,
      deadlineMs: 0,
      progress: () => {},
    },
    gate: work && { work, password: 'Another-Horse-42', cidr: '203.0.113.7/32' },
  };
}

/** As much as is needed for each piece that the spec names to be there. */
export function makeContent({ masking, schema }: ArtifactSpec): ArtifactContent {
  const sql = { files: [] };
  const policy = { file: 'policy.yaml', locale: 'en', tables: [], columns: [], otherDatabases: {} } as const;
  return {
    ...(masking.policyPath ? { maskingPolicy: policy } : {}),
    ...(masking.sqlPath ? { maskingSql: sql } : {}),
    ...(schema.schemaSqlPath ? { schemaSql: sql } : {}),
    ...(schema.afterSqlPath ? { afterSql: sql } : {}),
  };
}
