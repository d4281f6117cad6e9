// What the image of an artifact runs, as whom, and how it is labelled.
import type { Artifact } from '../artifact/artifact.ts';
import type { Image } from '../image/image.ts';
import type { Layer } from '../image/layer.ts';
import { makeImage } from '../image/make-image.ts';
import { BASE_DIGEST_ANNOTATION, BASE_NAME_ANNOTATION } from '../image/media-types.ts';
import { ARTIFACT_PATH, PROGRAM_PATH } from './artifact-layers.ts';
import type { Base } from './bases.ts';
import { NODE_USER } from './host/files.ts';
import { makeAnnotations, makeLabels } from './labels.ts';

/** Tells the program that it runs inside an artifact, and where that is. */
export const IMAGE_SPEC_VARIABLE = 'DB_ARTIFACT_IMAGE_SPEC';

export interface ArtifactImageParts {
  readonly base: Base;
  readonly layers: readonly Layer[];
  readonly artifact: Artifact;
  /** The artifact as it lies in its layer. */
  readonly document: string;
  readonly created: string;
  readonly maskingDigest?: string | undefined;
}

export function makeArtifactImage(parts: ArtifactImageParts): Image {
  const { base, layers, artifact, document, created, maskingDigest } = parts;
  const { os, architecture, variant } = base.image.config;
  const labels = makeLabels(artifact, document, maskingDigest);
  return makeImage({
    base: base.image,
    layers,
    annotations: { ...makeAnnotations(labels, created), ...getBaseAnnotations(base) },
    platform: variant === undefined ? { os, architecture } : { os, architecture, variant },
    created,
    run: {
      // A number: Kubernetes cannot tell from a name that it is not root.
      User: `${NODE_USER.id}:${NODE_USER.id}`,
      WorkingDir: '/app',
      Entrypoint: ['node', PROGRAM_PATH],
      Cmd: [],
      Env: mergeEnv(base.image.config.config?.Env ?? [], {
        NODE_ENV: 'production',
        [IMAGE_SPEC_VARIABLE]: ARTIFACT_PATH,
      }),
      Labels: labels,
      StopSignal: 'SIGTERM',
    },
  });
}

/** A registry that has the base shares its layers; other tools show what an image stands on. */
function getBaseAnnotations({ image, name }: Base): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  return { [BASE_NAME_ANNOTATION]: name, [BASE_DIGEST_ANNOTATION]: image.digest };
}

function mergeEnv(base: readonly string[], own: Readonly<Record<string, string>>): readonly string[] {
  const kept = base.filter((line) => !((line.split('=', 1)[0] as string) in own));
  return [...kept, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)];
}
