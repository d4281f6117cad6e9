// Finds the artifact that a command is about: in the image that it names, or in the image that this program runs in.
import { readFile } from 'node:fs/promises';
import type { Artifact } from '../artifact/artifact.ts';
import type { CommandContext } from './context.ts';
import { makeStoreContext, type RegistryOptions } from './registries.ts';

export const DEFAULT_IMAGE = 'db-artifact:latest';

export interface FoundArtifact {
  readonly artifact: Artifact;
  /** Of the image; undefined inside a container that was not told. */
  readonly digest: string | undefined;
  /** Empty inside a container. */
  readonly labels: Readonly<Record<string, string>>;
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
  const { env } = context;
  const path = env['DB_ARTIFACT_IMAGE_SPEC'];
  if (path && image === undefined) {
    const { parseArtifact } = await import('../artifact/artifact-document.ts');
    const artifact = parseArtifact(await readFile(path, 'utf8'), path);
    return { artifact, digest: env['DB_ARTIFACT_IMAGE_DIGEST'] || undefined, labels: {} };
  }
  const { getImage } = await import('../image/find-image.ts');
  const { readArtifact } = await import('../build/read-artifact.ts');
  const found = await getImage(image ?? DEFAULT_IMAGE, makeStoreContext(context, options));
  return {
    artifact: await readArtifact(found),
    digest: found.digest,
    labels: found.config.config?.Labels ?? {},
  };
}
