// Collects every file that a changelog needs, from the folder of the INI file, which is Liquibase's search path in the
// artifact too. A file that is missing fails the build by its name.
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { FactoryError, getMessage } from '../../errors.ts';
import { findFilesInCsv } from '../csv-files.ts';
import { countLine } from '../split-result.ts';
import { type ChangelogReference, parseChangelog } from './changelog-references.ts';

export interface CollectedChangelog {
  /** Relative to the folder, sorted. */
  readonly files: readonly string[];
  /** Each as `file:line: ...` or `file: ...`. */
  readonly warnings: readonly string[];
}

interface Collection {
  readonly folder: string;
  readonly parameters: Record<string, string>;
  readonly found: Set<string>;
  readonly problems: string[];
  readonly warnings: string[];
}

export async function collectChangelog(
  folder: string,
  changelogPath: string,
  parameters: Readonly<Record<string, string>>,
): Promise<CollectedChangelog> {
  const collection: Collection = {
    folder,
    parameters: { ...parameters },
    found: new Set(),
    problems: [],
    warnings: [],
  };
  const path = normalize(changelogPath);
  if (isOutside(path)) collection.problems.push(`${changelogPath}: is outside of the folder of the INI file`);
  else await collectFile(collection, path, 'include', undefined, []);
  if (collection.problems.length > 0) {
    throw new FactoryError('BAD_CONFIGURATION', `the changelog ${changelogPath} is not whole`, {
      problems: collection.problems,
      hint: 'Paths are relative to the folder of the INI file, or, with relativeToChangelogFile, to the file that names them.',
    });
  }
  return { files: [...collection.found].sort(), warnings: collection.warnings };
}

/** `from`: where it is named, as `file:line`; `trail`: the changelogs that lead there. */
async function collectFile(
  collection: Collection,
  path: string,
  kind: 'include' | 'file',
  from: string | undefined,
  trail: readonly string[],
): Promise<void> {
  const place = from === undefined ? '' : `${from}: `;
  if (trail.includes(path)) {
    collection.problems.push(`${place}${path} includes itself: ${[...trail, path].join(' -> ')}`);
    return;
  }
  if (collection.found.has(path)) return;
  const bytes = await readFile(join(collection.folder, path)).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'does not exist' : getMessage(error);
    collection.problems.push(`${place}${path} ${reason}`);
  });
  if (bytes === undefined) return;
  collection.found.add(path);
  const text = bytes.toString('utf8');
  if (kind === 'include') await collectReferences(collection, path, text, [...trail, path]);
  else if (/\.csv$/i.test(path)) await collectCsvFiles(collection, [path, from ?? ''], text);
}

async function collectReferences(
  collection: Collection,
  path: string,
  text: string,
  trail: readonly string[],
): Promise<void> {
  try {
    const { references, properties, warnings } = parseChangelog(path, text);
    Object.assign(collection.parameters, { ...properties, ...collection.parameters });
    collection.warnings.push(...warnings.map((warning) => `${path}: ${warning}`));
    for (const reference of references) {
      const index = text.indexOf(reference.path);
      await collectReference(collection, trail, reference, `${path}:${countLine(text, Math.max(0, index))}`);
    }
  } catch (error) {
    collection.problems.push(describeSyntaxError(path, error));
  }
}

/** `yaml` gives the line beside its message and in it, fast-xml-parser only at its end. */
function describeSyntaxError(path: string, error: unknown): string {
  const message = (getMessage(error).split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
  const [, sentence = message, last] = /^(.*?):(\d+):\d+$/.exec(message) ?? [];
  const line = (error as { linePos?: readonly { line: number }[] }).linePos?.[0]?.line ?? last;
  return `${path}${line === undefined ? '' : `:${line}`}: ${sentence}`;
}

async function collectReference(
  collection: Collection,
  trail: readonly string[],
  reference: ChangelogReference,
  place: string,
): Promise<void> {
  const written = reference.path.replace(
    /\$\{([^}]+)\}/g,
    (whole, name: string) => collection.parameters[name] ?? whole,
  );
  if (written.includes('${')) {
    collection.problems.push(`${place}: ${written} holds a parameter that has no value`);
    return;
  }
  const target = normalize(
    reference.isRelative ? join(dirname(trail.at(-1) ?? ''), written) : written.replace(/^\//, ''),
  );
  if (isOutside(target))
    collection.problems.push(`${place}: ${written} is outside of the folder of the INI file`);
  else if (reference.kind === 'includeAll') await collectFolder(collection, target, reference, place, trail);
  else await collectFile(collection, target, reference.kind, place, trail);
}

async function collectFolder(
  collection: Collection,
  path: string,
  { endsWith = '' }: ChangelogReference,
  place: string,
  trail: readonly string[],
): Promise<void> {
  const root = join(collection.folder, path);
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    collection.problems.push(`${place}: the folder ${path} does not exist`);
    return;
  }
  const names = (await readdir(root, { recursive: true, encoding: 'utf8' })).sort();
  const changelogs = names.filter((name) => /\.(ya?ml|xml|json|sql)$/i.test(name) && name.endsWith(endsWith));
  if (changelogs.length === 0) collection.problems.push(`${place}: the folder ${path} holds no changelog`);
  for (const name of changelogs) await collectFile(collection, join(path, name), 'include', place, trail);
}

/**
 * Columns of type CLOB and BLOB of a CSV file can name files: beside it, beside the changelog that loads it (which is
 * what relativeToChangelogFile means then), or on the search path.
 */
async function collectCsvFiles(
  collection: Collection,
  besides: readonly string[],
  text: string,
): Promise<void> {
  for (const name of findFilesInCsv(text)) {
    for (const target of [...besides.map((path) => normalize(join(dirname(path), name))), normalize(name)]) {
      if (isOutside(target)) continue;
      const isFile = await stat(join(collection.folder, target)).then(
        (found) => found.isFile(),
        () => false,
      );
      if (isFile) collection.found.add(target);
    }
  }
}

function isOutside(path: string): boolean {
  return path.startsWith('/') || relative('.', path).startsWith('..');
}
