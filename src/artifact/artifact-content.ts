// What an artifact carries beside its document: checked SQL and the masking policy, each in a file of its own that the
// document lists with its digest. Pure; who reads and writes the files is elsewhere.
import { z } from 'zod';
import { FactoryError, getMessage } from '../errors.ts';
import type { Artifact } from './artifact.ts';
import type { CompiledSql } from './compiled-sql.ts';
import type { MaskingPolicy } from './masking-policy.ts';
import { MASKING_POLICY_SHAPE } from './masking-policy-shape.ts';
import { formatSortedJson } from './sorted-json.ts';

export interface ArtifactContent {
  readonly maskingPolicy?: MaskingPolicy | undefined;
  /** Runs after the policy. */
  readonly maskingSql?: CompiledSql | undefined;
  readonly schemaSql?: CompiledSql | undefined;
  readonly afterSql?: CompiledSql | undefined;
}

const SQL_SHAPE: z.ZodType<CompiledSql> = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      statements: z.array(
        z.object({
          text: z.string(),
          line: z.int(),
          kind: z.enum(['plain', 'alone', 'begin', 'end']),
        }),
      ),
    }),
  ),
});

/** The file of each piece, and the key of the INI file that asks for it. */
const PIECES = {
  maskingPolicy: {
    file: 'masking-policy.json',
    key: '[masking] masking_policy_path',
    shape: MASKING_POLICY_SHAPE,
  },
  maskingSql: { file: 'masking-sql.json', key: '[masking] masking_sql_path', shape: SQL_SHAPE },
  schemaSql: { file: 'schema-sql.json', key: '[schema] schema_sql_path', shape: SQL_SHAPE },
  afterSql: { file: 'after-sql.json', key: '[schema] after_sql_path', shape: SQL_SHAPE },
} as const;
type Piece = keyof typeof PIECES;
const NAMES = Object.keys(PIECES) as Piece[];

/** Text by file name; the same content always gives the same bytes. */
export function formatContent(content: ArtifactContent): ReadonlyMap<string, string> {
  return new Map(
    NAMES.filter((name) => content[name] !== undefined).map((name) => [
      PIECES[name].file,
      formatSortedJson(content[name]),
    ]),
  );
}

/** Throws IMAGE_DAMAGED where a file is not what it should be. */
export function parseContent(files: ReadonlyMap<string, string>, place: string): ArtifactContent {
  const found = NAMES.flatMap((name) => {
    const text = files.get(PIECES[name].file);
    return text === undefined ? [] : [[name, parsePiece(name, text, place)] as const];
  });
  return Object.fromEntries(found);
}

function parsePiece(name: Piece, text: string, place: string): unknown {
  const { file, shape } = PIECES[name];
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new FactoryError(
      'IMAGE_DAMAGED',
      `${file} of ${place} cannot be understood: ${getMessage(error)}`,
      {
        hint: 'Build the artifact again.',
        cause: error,
      },
    );
  }
}

/** What the spec asks for must be there: masking above all is never left out. */
export function checkContent({ spec }: Artifact, content: ArtifactContent): void {
  const asked: Readonly<Record<Piece, string | undefined>> = {
    maskingPolicy: spec.masking.policyPath,
    maskingSql: spec.masking.sqlPath,
    schemaSql: spec.schema.schemaSqlPath,
    afterSql: spec.schema.afterSqlPath,
  };
  const missing = NAMES.filter((name) => asked[name] !== undefined && content[name] === undefined);
  if (missing.length === 0) return;
  const list = missing.map((name) => PIECES[name].key).join(', ');
  throw new FactoryError('IMAGE_DAMAGED', `the artifact does not carry what it asks for: ${list}`, {
    hint: 'Build the artifact again.',
  });
}
