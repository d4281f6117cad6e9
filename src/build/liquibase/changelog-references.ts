// The files that one changelog file names, in each of Liquibase's four formats. Knows no file system.
// https://docs.liquibase.com/concepts/changelogs/home.html
import { XMLParser } from 'fast-xml-parser';
import { parseDocument } from 'yaml';

export interface ChangelogReference {
  readonly kind: 'include' | 'includeAll' | 'file';
  /** As written. */
  readonly path: string;
  /** Relative to the folder of the file that names it, rather than to the search path. */
  readonly isRelative: boolean;
  /** `includeAll`: what names must end with. */
  readonly endsWith?: string | undefined;
}

export interface ChangelogContent {
  readonly references: readonly ChangelogReference[];
  readonly properties: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

type Tree = Readonly<Record<string, unknown>>;

/** Attributes that name a file, by the change that has them. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  sqlFile: ['path'],
  loadData: ['file'],
  loadUpdateData: ['file'],
  createProcedure: ['path'],
  createView: ['path'],
  createFunction: ['path'],
  createTrigger: ['path'],
  createPackage: ['path'],
  createPackageBody: ['path'],
  column: ['valueClobFile', 'valueBlobFile'],
  property: ['file'],
};

/** Liquibase ignores other keys of a change set silently. */
const CHANGE_SET_KEYS = [
  'id',
  'author',
  'changes',
  'comment',
  'context',
  'contexts',
  'contextFilter',
  'created',
  'dbms',
  'failOnError',
  'ignore',
  'labels',
  'logicalFilePath',
  'objectQuotingStrategy',
  'onValidationFail',
  'preConditions',
  'rollback',
  'runAlways',
  'runInTransaction',
  'runOnChange',
  'runOrder',
  'runWith',
  'runWithSpoolFile',
  'validCheckSum',
  'validCheckSums',
  'alwaysRun',
  'modifySql',
  'tagDatabase',
];
const TOP_KEYS = [
  'changeSet',
  'include',
  'includeAll',
  'property',
  'preConditions',
  'removeChangeSetProperty',
  'logicalFilePath',
  'objectQuotingStrategy',
  'modifyChangeSets',
  'changeLogId',
  'contextFilter',
  'ignore',
];

/** Throws with the parser's own words when the text is no YAML, JSON or XML. */
export function parseChangelog(path: string, text: string): ChangelogContent {
  if (/\.(ya?ml|json)$/i.test(path))
    return readTree(parseYaml(text), /\.ya?ml$/i.test(path) || /\.json$/i.test(path));
  if (/\.xml$/i.test(path)) return readTree(parseXml(text), false);
  return readFormattedSql(text);
}

export function isFormattedSql(text: string): boolean {
  return /^\uFEFF?\s*--\s*liquibase\s+formatted\s+sql/i.test(text);
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document.toJS();
}

function parseXml(text: string): unknown {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    processEntities: true,
  });
  return parser.parse(text, true);
}

function readTree(root: unknown, isYaml: boolean): ChangelogContent {
  const references: ChangelogReference[] = [];
  const properties: Record<string, string> = {};
  const warnings: string[] = [];
  walk(root, (name, node) => {
    if (name === 'include') add(references, 'include', node['file'], node);
    if (name === 'includeAll') add(references, 'includeAll', node['path'], node);
    if (name === 'property' && typeof node['name'] === 'string')
      properties[node['name']] = String(node['value'] ?? '');
    for (const attribute of FILES[name] ?? []) add(references, 'file', node[attribute], node);
    if (isYaml && name === 'changeSet')
      warnings.push(...findUnknownKeys(`change set ${node['id']}`, node, CHANGE_SET_KEYS));
  });
  if (isYaml) warnings.push(...findUnknownTop(root));
  return { references, properties, warnings };
}

function walk(node: unknown, visit: (name: string, node: Tree) => void, name = ''): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit, name);
  } else if (node !== null && typeof node === 'object') {
    visit(name, node as Tree);
    for (const [key, value] of Object.entries(node)) walk(value, visit, key);
  }
}

function add(
  references: ChangelogReference[],
  kind: ChangelogReference['kind'],
  path: unknown,
  node: Tree,
): void {
  if (typeof path !== 'string' || path === '') return;
  const endsWith = node['endsWithFilter'];
  references.push({
    kind,
    path: path.replace(/^classpath:/, ''),
    isRelative: String(node['relativeToChangelogFile']) === 'true',
    endsWith: typeof endsWith === 'string' && endsWith !== '' ? endsWith : undefined,
  });
}

function findUnknownTop(root: unknown): readonly string[] {
  const entries = (root as Tree | null)?.['databaseChangeLog'];
  if (!Array.isArray(entries)) return ['there is no list under the key "databaseChangeLog"'];
  return entries.flatMap((entry) =>
    entry !== null && typeof entry === 'object'
      ? findUnknownKeys('the changelog', entry as Tree, TOP_KEYS)
      : [],
  );
}

function findUnknownKeys(what: string, node: Tree, known: readonly string[]): readonly string[] {
  const unknown = Object.keys(node).filter((key) => !known.includes(key));
  return unknown.map((key) => `${what} has the unknown key "${key}", which Liquibase ignores`);
}

function readFormattedSql(text: string): ChangelogContent {
  const references: ChangelogReference[] = [];
  const properties: Record<string, string> = {};
  for (const [, rest = ''] of text.matchAll(/^\s*--\s*property\s+(.+)$/gim)) {
    const name = /\bname:(\S+)/.exec(rest)?.[1];
    if (name !== undefined) properties[name] = /\bvalue:(.+?)(?=\s+\w+:|\s*$)/.exec(rest)?.[1] ?? '';
  }
  for (const [, rest = ''] of text.matchAll(/^\s*--\s*rollbackSqlFile\s+(.+)$/gim)) {
    const path = /\bpath:(\S+)/.exec(rest)?.[1];
    add(references, 'file', path, {
      relativeToChangelogFile: /\brelativeToChangelogFile:true\b/i.test(rest),
    });
  }
  const isFormatted = isFormattedSql(text);
  return {
    references,
    properties,
    warnings: isFormatted
      ? []
      : ['is SQL without the header "--liquibase formatted sql": it becomes one change set named raw'],
  };
}
