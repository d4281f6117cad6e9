// What an artifact carries beside its spec: compiled, checked against the source where that is possible, and rehearsed.
import { dirname } from 'node:path';
import type { DiscoveredSource } from '../artifact/artifact.ts';
import type { ArtifactContent } from '../artifact/artifact-content.ts';
import type { ArtifactSpec } from '../artifact/spec.ts';
import type { Progress } from '../progress.ts';
import type { BuildRequest } from './build.ts';
import { compileContent } from './compile-content.ts';
import { findLiquibaseParts, type LiquibaseParts } from './liquibase/layers.ts';
import { runPhase } from './phase.ts';
import type { Rehearsal } from './rehearse.ts';

export interface Carried {
  readonly content: ArtifactContent;
  readonly liquibase: LiquibaseParts | undefined;
  /** Undefined: there was nothing to rehearse. */
  readonly rehearsal: Rehearsal | undefined;
}

export interface CarriedOptions {
  readonly spec: ArtifactSpec;
  readonly discovered: DiscoveredSource;
  readonly request: BuildRequest;
  readonly progress: Progress;
}

export async function prepareCarried(options: CarriedOptions): Promise<Carried> {
  const { spec, discovered, request, progress } = options;
  const family = discovered.engine === 'aurora-mysql' ? 'mysql' : 'postgres';
  const place = { spec, folder: dirname(request.iniPath), family, env: request.env } as const;
  const content = await compileContent(place);
  const liquibase = await findLiquibaseParts(place);
  for (const message of liquibase?.warnings ?? []) progress({ type: 'warning', message });
  await checkPolicy(content, options);
  const parts = { ...options, content, liquibase };
  return { content, liquibase, rehearsal: await rehearseSchema(parts, family) };
}

async function checkPolicy(
  { maskingPolicy }: ArtifactContent,
  { spec, request, progress }: CarriedOptions,
): Promise<void> {
  if (maskingPolicy === undefined) return;
  const { sourceLogin: login, aws, env } = request;
  if (login === undefined) {
    const message = `${maskingPolicy.file} was not checked against the source: its password was not given`;
    progress({ type: 'warning', message });
    return;
  }
  const { checkPolicyOfSource } = await import('./source-database.ts');
  await runPhase('masking policy', progress, () =>
    checkPolicyOfSource(maskingPolicy, { source: spec.source, aws, login, env }),
  );
}

async function rehearseSchema(
  { spec, request, progress, content, liquibase }: CarriedOptions & Omit<Carried, 'rehearsal'>,
  family: 'postgres' | 'mysql',
): Promise<Rehearsal | undefined> {
  const { schemaSql, afterSql } = content;
  // After steps alone may need the tables of the source, which a throw-away database does not have.
  if (schemaSql === undefined && liquibase === undefined) return undefined;
  const { startThrowAwayDatabase: start, env } = request;
  if (start === undefined) return { isRehearsed: false, reason: 'it was left out' };
  const { rehearse } = await import('./rehearse.ts');
  return await rehearse({
    schema: spec.schema,
    liquibaseFiles: liquibase === undefined ? [] : [...liquibase.jars, ...liquibase.changelog],
    schemaSql,
    afterSql,
    startThrowAwayDatabase: () => start(family),
    env,
    progress,
  });
}
