// Makes what the artifact carries of SQL files: statements with file and line. Syntax errors fail the build, all at once.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledSql, SqlFile } from '../artifact/compiled-sql.ts';
import { FactoryError, getMessage } from '../errors.ts';
import { splitMysql } from './split-mysql.ts';
import type { SplitResult } from './split-result.ts';

export interface CompileSqlOptions {
  /** Folder of the INI file. */
  readonly folder: string;
  /** A file, or a folder whose `.sql` files run in lexical order; relative to `folder` or absolute. */
  readonly path: string;
  readonly family: 'postgres' | 'mysql';
}

/** Throws BAD_CONFIGURATION with every problem as `file:line: ...`. */
export async function compileSql({ folder, path, family }: CompileSqlOptions): Promise<CompiledSql> {
  const files: SqlFile[] = [];
  const problems: string[] = [];
  for (const name of await listSqlFiles(folder, path)) {
    const text = await readText(folder, name);
    const result = text === undefined ? notText() : await split(family, text);
    problems.push(...result.problems.map(({ line, sentence }) => `${name}:${line}: ${sentence}`));
    if (result.problems.length === 0 && result.statements.length === 0)
      problems.push(`${name}:1: holds no statement`);
    files.push({ path: name, statements: result.statements });
  }
  if (problems.length === 0) return { files };
  throw new FactoryError('BAD_CONFIGURATION', `SQL of ${path} is wrong`, { problems });
}

async function split(family: 'postgres' | 'mysql', text: string): Promise<SplitResult> {
  if (family === 'mysql') return splitMysql(text);
  return await (await import('./split-postgres.ts')).splitPostgres(text);
}

async function listSqlFiles(folder: string, path: string): Promise<readonly string[]> {
  const isFolder = await stat(resolvePath(folder, path)).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      throw new FactoryError('BAD_CONFIGURATION', `cannot read ${path}: ${getMessage(error)}`, {
        cause: error,
      });
    },
  );
  if (!isFolder) return [path];
  const names = await readdir(resolvePath(folder, path), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  if (files.length > 0) return files.map((name) => join(path, name));
  throw new FactoryError('BAD_CONFIGURATION', `the folder ${path} holds no .sql file`);
}

function resolvePath(folder: string, path: string): string {
  return path.startsWith('/') ? path : join(folder, path);
}

/** Undefined where it is not UTF-8; a byte order mark is left out. */
async function readText(folder: string, name: string): Promise<string | undefined> {
  const bytes = await readFile(resolvePath(folder, name));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notText(): SplitResult {
  return { statements: [], problems: [{ line: 1, sentence: 'is not UTF-8' }] };
}
