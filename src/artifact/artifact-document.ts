// The artifact as text: canonical JSON, so that the same artifact always has the same bytes.
import type { Artifact } from './artifact.ts';
import { formatSortedJson } from './sorted-json.ts';

/** Keys in the order of their code points, two blanks of indent, a newline at the end; undefined is left out. */
export function formatArtifact(artifact: Artifact): string {
  return formatSortedJson(artifact);
}
