// The labels of an artifact's image: what it is, for people, and the artifact document itself where it is short.
// A label stays below 4096 bytes: containerd before 1.5.8 could not start containers of images with longer ones.

import type { Artifact } from '../artifact/artifact.ts';
import { getDigest } from '../image/digest.ts';
import { gzipSmall } from '../image/gzip.ts';

const PREFIX = 'io.db-artifact';
export const LABELS = {
  specVersion: `${PREFIX}.spec-version`,
  toolVersion: `${PREFIX}.tool-version`,
  engine: `${PREFIX}.engine`,
  source: `${PREFIX}.source`,
  modes: `${PREFIX}.modes`,
  minimumToolVersion: `${PREFIX}.minimum-tool-version`,
  contact: `${PREFIX}.contact`,
  /** Of the masking policy and SQL together; absent: no masking. */
  masking: `${PREFIX}.masking-digest`,
  /** Of the artifact document. */
  digest: `${PREFIX}.digest`,
  /** The artifact document as text, or gzipped and in base64. */
  document: `${PREFIX}.artifact`,
  compressedDocument: `${PREFIX}.artifact-gzip`,
} as const;
const OCI_PREFIX = 'org.opencontainers.image';
const MAX_LABEL_BYTES = 4000;

/** `document` is the artifact as it lies in the artifact layer. */
export function makeLabels(
  artifact: Artifact,
  document: string,
  maskingDigest?: string,
): Readonly<Record<string, string>> {
  const { spec, discovered } = artifact;
  const labels: Record<string, string | undefined> = {
    [`${OCI_PREFIX}.title`]: spec.image.title ?? `Database artifact of ${spec.source.clusterId}`,
    [`${OCI_PREFIX}.description`]: spec.image.description,
    [`${OCI_PREFIX}.vendor`]: spec.publisher.contact,
    [`${OCI_PREFIX}.url`]: spec.publisher.url,
    [LABELS.specVersion]: String(artifact.specVersion),
    [LABELS.toolVersion]: artifact.toolVersion,
    [LABELS.engine]: `${discovered.engine} ${discovered.engineVersion}`,
    [LABELS.source]: spec.source.clusterId,
    [LABELS.modes]: artifact.modes.join(','),
    [LABELS.minimumToolVersion]: artifact.minimumToolVersion,
    [LABELS.contact]: spec.publisher.contact,
    [LABELS.masking]: maskingDigest,
    [LABELS.digest]: getDigest(Buffer.from(document)),
    ...makeDocumentLabel(document),
  };
  const entries = Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, cutText(value)]));
}

/** The standard ones of the labels, for tools that look at manifests only. */
export function makeAnnotations(
  labels: Readonly<Record<string, string>>,
  created: string,
): Readonly<Record<string, string>> {
  const standard = Object.entries(labels).filter(([key]) => key.startsWith(`${OCI_PREFIX}.`));
  return { ...Object.fromEntries(standard), [`${OCI_PREFIX}.created`]: created };
}

/** None where it is too long even when compressed: it is read from its layer then. */
function makeDocumentLabel(document: string): Record<string, string> {
  if (Buffer.byteLength(document) <= MAX_LABEL_BYTES) return { [LABELS.document]: document };
  const compressed = Buffer.from(gzipSmall(Buffer.from(document))).toString('base64');
  return compressed.length <= MAX_LABEL_BYTES ? { [LABELS.compressedDocument]: compressed } : {};
}

function cutText(text: string): string {
  if (Buffer.byteLength(text) <= MAX_LABEL_BYTES) return text;
  return `${Buffer.from(text)
    .subarray(0, MAX_LABEL_BYTES - 3)
    .toString()
    .replace(/\uFFFD+$/, '')}...`;
}
