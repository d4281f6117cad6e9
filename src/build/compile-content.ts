// Compiles what an INI file names beside itself: the masking policy and SQL files. Every problem of every file at once.
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ArtifactContent } from '../artifact/artifact-content.ts';
import type { CompiledSql } from '../artifact/compiled-sql.ts';
import type { MaskingPolicy } from '../artifact/masking-policy.ts';
import type { ArtifactSpec } from '../artifact/spec.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { SqlFamily } from '../sql/connect.ts';
import { compileSql } from './compile-sql.ts';

export interface CompileContentOptions {
  readonly spec: Pick<ArtifactSpec, 'schema' | 'masking'>;
  /** Of the INI file. */
  readonly folder: string;
  readonly family: SqlFamily;
}

/** Throws BAD_CONFIGURATION with all problems, each as `file:line: ...`. */
export async function compileContent(options: CompileContentOptions): Promise<ArtifactContent> {
  const { schema, masking } = options.spec;
  const problems: string[] = [];
  const collect = async <T>(path: string | undefined, read: (path: string) => Promise<T>) => {
    if (path === undefined) return undefined;
    return await read(path).catch((error: unknown) => {
      if (!(error instanceof FactoryError) || error.code !== 'BAD_CONFIGURATION') throw error;
      problems.push(...(error.problems.length > 0 ? error.problems : [error.message]));
      return undefined;
    });
  };
  const readSql = (path: string): Promise<CompiledSql> => compileSql({ ...options, path });
  const content = {
    maskingPolicy: await collect(masking.policyPath, (path) => readPolicy(options.folder, path)),
    maskingSql: await collect(masking.sqlPath, readSql),
    schemaSql: await collect(schema.schemaSqlPath, readSql),
    afterSql: await collect(schema.afterSqlPath, readSql),
  };
  if (problems.length === 0) return content;
  throw new FactoryError('BAD_CONFIGURATION', 'files that the INI file names are wrong', { problems });
}

async function readPolicy(folder: string, path: string): Promise<MaskingPolicy> {
  const text = await readFile(isAbsolute(path) ? path : join(folder, path), 'utf8').catch(
    (error: unknown) => {
      throw new FactoryError('BAD_CONFIGURATION', `cannot read ${path}: ${getMessage(error)}`, {
        cause: error,
      });
    },
  );
  const { parseMaskingPolicy } = await import('../artifact/read-masking-policy.ts');
  return parseMaskingPolicy(text, path);
}
