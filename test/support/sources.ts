// Reads the product's source files and their imports, for the rules tests.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** Relative to `src`, such as `local/engine/postgres.ts`. */
  readonly path: string;
  readonly text: string;
  /** Everything that it imports, statically or by `import()`: own files relative to `src`, packages by name. */
  readonly imports: readonly SourceImport[];
}

export interface SourceImport {
  readonly target: string;
  readonly isOwn: boolean;
  /** False for `import type` and for `import()` in a function: neither makes a cycle at load time. */
  readonly isAtLoad: boolean;
}

export function readSources(): readonly SourceFile[] {
  const src = join(projectFolder, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      return { path, text, imports: findImports(join(src, path), text, src) };
    });
}

function findImports(file: string, text: string, src: string): readonly SourceImport[] {
  const found: SourceImport[] = [];
  const add = (specifier: string | undefined, isAtLoad: boolean): void => {
    if (specifier === undefined) return;
    const isOwn = specifier.startsWith('.');
    found.push({
      target: isOwn ? relative(src, join(dirname(file), specifier)) : specifier,
      isOwn,
      isAtLoad,
    });
  };
  for (const match of text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+'([^']+)'/gms)) {
    add(match[2], match[1] === undefined);
  }
  for (const match of text.matchAll(/^import\s+'([^']+)'/gm)) add(match[1], true);
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g)) add(match[1], false);
  return found;
}
