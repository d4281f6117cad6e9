// What an artifact carries beside its document, out of its files. Apart from writing it, which needs no shapes.
import { z } from 'zod';
import { FactoryError, getMessage } from '../errors.ts';
import { type ArtifactContent, PIECE_NAMES, PIECES, type Piece } from './artifact-content.ts';
import type { CompiledSql } from './compiled-sql.ts';
import { MASKING_POLICY_SHAPE } from './masking-policy-shape.ts';

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

const SHAPES: Readonly<Record<Piece, z.ZodType>> = {
  maskingPolicy: MASKING_POLICY_SHAPE,
  maskingSql: SQL_SHAPE,
  schemaSql: SQL_SHAPE,
  afterSql: SQL_SHAPE,
};

/** Throws IMAGE_DAMAGED where a file is not what it should be. */
export function parseContent(files: ReadonlyMap<string, string>, place: string): ArtifactContent {
  const found = PIECE_NAMES.flatMap((name) => {
    const text = files.get(PIECES[name].file);
    return text === undefined ? [] : [[name, parsePiece(name, text, place)] as const];
  });
  return Object.fromEntries(found);
}

function parsePiece(name: Piece, text: string, place: string): unknown {
  const { file } = PIECES[name];
  try {
    return SHAPES[name].parse(JSON.parse(text));
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
