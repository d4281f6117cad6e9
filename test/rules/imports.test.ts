import { describe, expect, it } from 'vitest';
import { readSources, type SourceFile } from '../support/sources.ts';

const sources = readSources();

/** Who may import whom, by the first folder; a file directly below `src` is its own name. */
const allowed: Readonly<Record<string, readonly string[] | 'any'>> = {
  'cli.ts': ['commands', 'errors.ts'],
  'index.ts': 'any',
  'errors.ts': [],
  'run.ts': ['errors.ts'],
  'progress.ts': [],
  'proxy.ts': ['errors.ts'],
  commands: 'any',
  artifact: ['errors.ts'],
  image: ['errors.ts', 'progress.ts', 'proxy.ts', 'run.ts'],
  aws: ['errors.ts', 'progress.ts', 'proxy.ts'],
  sql: ['errors.ts', 'progress.ts'],
  build: ['artifact', 'image', 'aws', 'sql', 'converge', 'errors.ts', 'progress.ts', 'run.ts'],
  converge: ['artifact', 'aws', 'sql', 'errors.ts', 'progress.ts', 'run.ts'],
  copies: ['converge', 'aws', 'artifact', 'errors.ts', 'progress.ts'],
  local: ['sql', 'errors.ts', 'progress.ts', 'run.ts'],
  console: ['build', 'converge', 'copies', 'image', 'aws', 'artifact', 'errors.ts', 'progress.ts'],
};

const partOf = (path: string): string => path.split('/')[0] ?? path;

function findImporters(matches: (target: string) => boolean): readonly string[] {
  return sources.filter((file) => file.imports.some(({ target }) => matches(target))).map(({ path }) => path);
}

function findLines(file: SourceFile, pattern: RegExp): readonly string[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : []));
}

describe('who may import whom', () => {
  it('holds for every file', () => {
    const broken = sources.flatMap((file) => {
      const rule = allowed[partOf(file.path)];
      if (rule === undefined) return [`${file.path}: its folder is not in the map`];
      if (rule === 'any') return [];
      return file.imports
        .filter(
          ({ target, isOwn }) =>
            isOwn && partOf(target) !== partOf(file.path) && !rule.includes(partOf(target)),
        )
        .map(({ target }) => `${file.path} -> ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it('keeps actions away from engines and drivers, and engines and drivers from each other', () => {
    const apart = [
      ['local/actions/', 'local/engine/'],
      ['local/actions/', 'local/storage/'],
      ['local/engine/', 'local/storage/'],
      ['local/storage/', 'local/engine/'],
    ] as const;
    const broken = apart.flatMap(([from, to]) =>
      sources
        .filter(({ path }) => path.startsWith(from))
        .flatMap((file) =>
          file.imports
            .filter(({ target }) => target.startsWith(to))
            .map(({ target }) => `${file.path} -> ${target}`),
        ),
    );
    expect(broken).toEqual([]);
  });

  it('has no cycles', () => {
    expect(findCycles(sources)).toEqual([]);
  });
});

describe('who may touch the outside world', () => {
  it('leaves the AWS SDK to aws', () => {
    const importers = findImporters((target) => target.startsWith('@aws-sdk/'));
    expect(importers.filter((path) => partOf(path) !== 'aws')).toEqual([]);
  });

  it('leaves child processes to run.ts', () => {
    expect(findImporters((target) => /^(node:)?child_process$/.test(target))).toEqual(['run.ts']);
  });

  it('leaves stdout and stderr to commands/output.ts', () => {
    const pattern = /\bprocess\.std(out|err)\b|\bconsole\./;
    const lines = sources.flatMap((file) => findLines(file, pattern));
    expect(lines.filter((line) => !line.startsWith('commands/output.ts:'))).toEqual([]);
  });

  it('leaves argv and the environment to cli.ts', () => {
    const lines = sources.flatMap((file) => findLines(file, /\bprocess\.(argv|env)\b/));
    expect(lines.filter((line) => !line.startsWith('cli.ts:'))).toEqual([]);
  });

  it('keeps artifact free of input and output', () => {
    const io = /^(node:)?(fs|fs\/promises|http|https|tls|child_process|os|process)$/; // node:net tells addresses apart
    expect(findImporters((target) => io.test(target)).filter((path) => partOf(path) === 'artifact')).toEqual(
      [],
    );
  });

  it('keeps image free of what images are for', () => {
    const lines = sources
      .filter(({ path }) => partOf(path) === 'image')
      .flatMap((file) => findLines(file, /database|cluster|\baws\b/i));
    expect(lines).toEqual([]);
  });
});

describe('how a module looks', () => {
  it('has no index.ts below src, no default export and no export *', () => {
    const broken = sources.flatMap((file) => [
      ...(file.path.endsWith('/index.ts') ? [file.path] : []),
      ...findLines(file, /^export (default|\*)/),
    ]);
    expect(broken).toEqual([]);
  });

  it('has no state of its own and does no work when it is imported', () => {
    const state =
      /^(export )?(let|var) |^(export )?const \w+(: [^=]+)? = (new (Map|Set|WeakMap|WeakSet)(<.*>)?\(\)|\[\]|\{\});$/;
    const work = /^(await|if|for|while|try|switch|void|throw)\b|^[a-z][\w.]*\(/;
    const lines = sources.flatMap((file) => [
      ...findLines(file, state),
      ...(file.path === 'cli.ts' ? [] : findLines(file, work)),
    ]);
    expect(lines).toEqual([]);
  });

  it('opens with a comment and stays below 400 lines', () => {
    const broken = sources.filter(
      ({ text }) => !/^(#!.*\n)?\/\/ /.test(text) || text.split('\n').length > 401,
    );
    expect(broken.map(({ path }) => path)).toEqual([]);
  });
});

/** Cycles of imports that happen at load time, each from its first file in alphabetical order. */
function findCycles(files: readonly SourceFile[]): readonly string[] {
  const next = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter(({ isOwn, isAtLoad }) => isOwn && isAtLoad).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}
