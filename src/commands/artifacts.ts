// Finds the artifact that a command is about: in the image that it names, or in the image that this program runs in.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../artifact/artifact.ts';
import type { ArtifactContent } from '../artifact/artifact-content.ts';
import type { CommandContext } from './context.ts';
import { makeStoreContext, type RegistryOptions } from './registries.ts';

export const DEFAULT_IMAGE = 'db-artifact:latest';

export interface FoundArtifact {
  readonly artifact: Artifact;
  /** Of the image; undefined inside a container that was not told. */
  readonly digest: string | undefined;
  /** Empty inside a container. */
  readonly labels: Readonly<Record<string, string>>;
  /** Reads what the artifact carries beside its document; of a remote image, only now. */
  loadContent(): Promise<ArtifactContent>;
  /** A folder with Liquibase, the changelog and perhaps Java; unpacked where they are not in files yet. */
  openLiquibase(): Promise<string>;
}

/** True in a container of an artifact's image. */
export function isInsideImage(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['DB_ARTIFACT_IMAGE_SPEC']);
}

export async function getArtifact(
  context: Pick<CommandContext, 'env' | 'folders'>,
  image: string | undefined,
  options: RegistryOptions = {},
): Promise<FoundArtifact> {
  const { env, folders } = context;
  const path = env['DB_ARTIFACT_IMAGE_SPEC'];
  if (path && image === undefined) return await getOwnArtifact(path, env);
  const { getImage } = await import('../image/find-image.ts');
  const { readArtifact } = await import('../build/read-artifact.ts');
  const found = await getImage(image ?? DEFAULT_IMAGE, makeStoreContext(context, options));
  const artifact = await readArtifact(found);
  return {
    artifact,
    digest: found.digest,
    labels: found.config.config?.Labels ?? {},
    async loadContent() {
      const { readContent } = await import('../build/read-content.ts');
      return await readContent(found, artifact);
    },
    async openLiquibase() {
      const { unpackLiquibase } = await import('../build/liquibase/unpack-liquibase.ts');
      return await unpackLiquibase(found, artifact, join(folders.dataDir, 'cache', 'liquibase'));
    },
  };
}

async function getOwnArtifact(path: string, env: NodeJS.ProcessEnv): Promise<FoundArtifact> {
  const { parseArtifact } = await import('../artifact/parse-artifact.ts');
  const artifact = parseArtifact(await readFile(path, 'utf8'), path);
  return {
    artifact,
    digest: env['DB_ARTIFACT_IMAGE_DIGEST'] || undefined,
    labels: {},
    async loadContent() {
      const { readContentBeside } = await import('../build/read-content.ts');
      return await readContentBeside(path, artifact);
    },
    async openLiquibase() {
      return (await import('../build/artifact-layers.ts')).LIQUIBASE_HOME;
    },
  };
}
