// What an artifact carries beside its document: checked SQL and the masking policy, each in a file of its own that the
// document lists with its digest. Pure; who reads and writes the files is elsewhere.
import { FactoryError } from '../errors.ts';
import type { Artifact } from './artifact.ts';
import type { CompiledSql } from './compiled-sql.ts';
import type { MaskingPolicy } from './masking-policy.ts';
import { formatSortedJson } from './sorted-json.ts';

export interface ArtifactContent {
  readonly maskingPolicy?: MaskingPolicy | undefined;
  /** Runs after the policy. */
  readonly maskingSql?: CompiledSql | undefined;
  readonly schemaSql?: CompiledSql | undefined;
  readonly afterSql?: CompiledSql | undefined;
}

/** The file of each piece, and the key of the INI file that asks for it. */
export const PIECES = {
  maskingPolicy: { file: 'masking-policy.json', key: '[masking] masking_policy_path' },
  maskingSql: { file: 'masking-sql.json', key: '[masking] masking_sql_path' },
  schemaSql: { file: 'schema-sql.json', key: '[schema] schema_sql_path' },
  afterSql: { file: 'after-sql.json', key: '[schema] after_sql_path' },
} as const;
export type Piece = keyof typeof PIECES;
export const PIECE_NAMES = Object.keys(PIECES) as Piece[];

/** Text by file name; the same content always gives the same bytes. */
export function formatContent(content: ArtifactContent): ReadonlyMap<string, string> {
  return new Map(
    PIECE_NAMES.filter((name) => content[name] !== undefined).map((name) => [
      PIECES[name].file,
      formatSortedJson(content[name]),
    ]),
  );
}

/** What the spec asks for must be there: masking above all is never left out. */
export function checkContent({ spec }: Artifact, content: ArtifactContent): void {
  const asked: Readonly<Record<Piece, string | undefined>> = {
    maskingPolicy: spec.masking.policyPath,
    maskingSql: spec.masking.sqlPath,
    schemaSql: spec.schema.schemaSqlPath,
    afterSql: spec.schema.afterSqlPath,
  };
  const missing = PIECE_NAMES.filter((name) => asked[name] !== undefined && content[name] === undefined);
  if (missing.length === 0) return;
  const list = missing.map((name) => PIECES[name].key).join(', ');
  throw new FactoryError('IMAGE_DAMAGED', `the artifact does not carry what it asks for: ${list}`, {
    hint: 'Build the artifact again.',
  });
}
