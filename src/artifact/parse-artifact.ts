// An artifact out of its text, which must have the shape that this tool knows. Apart from writing it, which needs no shapes.
import { FactoryError, getMessage } from '../errors.ts';
import type { Artifact } from './artifact.ts';
import { ARTIFACT_SHAPE } from './artifact-shape.ts';
import { SPEC_VERSION } from './spec.ts';

/** `place` says where the text is from, for messages. */
export function parseArtifact(text: string, place: string): Artifact {
  const document = parseJson(text, place);
  checkSpecVersion(document, place);
  const result = ARTIFACT_SHAPE.safeParse(document);
  if (result.success) return result.data;
  throw new FactoryError('IMAGE_DAMAGED', `${place} does not hold an artifact that this tool understands`, {
    problems: result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`),
    hint: 'Build the artifact again.',
  });
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FactoryError('IMAGE_DAMAGED', `${place} is no JSON: ${getMessage(error)}`, { cause: error });
  }
}

/** Asked before the shape: a newer one may have another shape. */
function checkSpecVersion(document: unknown, place: string): void {
  const { specVersion, minimumToolVersion } = (document ?? {}) as Partial<Artifact>;
  if (typeof specVersion !== 'number' || specVersion <= SPEC_VERSION) return;
  const needed = typeof minimumToolVersion === 'string' ? minimumToolVersion : 'a newer version';
  throw new FactoryError(
    'ARTIFACT_TOO_NEW',
    `${place} has spec version ${specVersion}, this tool reads up to ${SPEC_VERSION}`,
    { hint: `Install database-artifact-factory ${needed} or newer.` },
  );
}
