// Reads the artifact that an image carries: from its labels, or from its layer where they are too short for it.
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Artifact } from '../artifact/artifact.ts';
import { parseArtifact } from '../artifact/parse-artifact.ts';
import { FactoryError } from '../errors.ts';
import { getDigest } from '../image/digest.ts';
import type { Image } from '../image/image.ts';
import { ARTIFACT_PATH } from './artifact-layers.ts';
import { LABELS } from './labels.ts';
import { readArtifactFolder } from './read-content.ts';

export async function readArtifact(image: Image): Promise<Artifact> {
  const labels = image.config.config?.Labels ?? {};
  const digest = labels[LABELS.digest];
  if (digest === undefined) {
    throw new FactoryError('BAD_CONFIGURATION', 'the image is not a database artifact', {
      hint: 'Name an image that db-artifact build made.',
    });
  }
  const document = readLabel(labels) ?? (await readArtifactFolder(image)).get(basename(ARTIFACT_PATH));
  if (document === undefined || getDigest(document) !== digest) {
    const problem = document === undefined ? 'is missing' : `is not ${digest}`;
    throw new FactoryError('IMAGE_DAMAGED', `the artifact in the image ${problem}`);
  }
  return parseArtifact(document.toString(), `image ${image.digest}`);
}

function readLabel(labels: Readonly<Record<string, string>>): Buffer | undefined {
  const { [LABELS.document]: text, [LABELS.compressedDocument]: compressed } = labels;
  if (text !== undefined) return Buffer.from(text);
  return compressed === undefined ? undefined : gunzipSync(Buffer.from(compressed, 'base64'));
}
