// Checks INI sections against the grammar and reads every value; collects problems instead of throwing.
import { GRAMMAR, type Key, TAGS_SECTION } from './grammar.ts';
import type { IniDocument, IniEntry, IniSection } from './ini.ts';
import { formatSuggestion } from './suggest.ts';
import { findTagFault, MOST_TAGS } from './tag-rules.ts';

type Grammar = typeof GRAMMAR;
type ValueOf<K> = K extends Key<infer T> ? T : never;

/** One value per key of the grammar: the file's, else the default. */
export type Values = {
  readonly [S in keyof Grammar]: { readonly [K in keyof Grammar[S]]: ValueOf<Grammar[S][K]> };
};

/** Where problems are put; `at` undefined is the file as a whole. */
export type Report = (at: { readonly line: number } | undefined, message: string) => void;

export interface ReadValues {
  /** Complete only when nothing was reported. */
  readonly values: Values;
  readonly tags: Readonly<Record<string, string>>;
  /** The entry of a key, if the file has it: for rules about several keys. */
  find(section: string, key: string): IniEntry | undefined;
}

export function readValues(document: IniDocument, report: Report): ReadValues {
  const sections = pickSections(document.sections, report);
  const entries = new Map<string, IniEntry>();
  const values: Record<string, Record<string, unknown>> = {};
  for (const [name, keys] of Object.entries<Record<string, Key<unknown>>>(GRAMMAR)) {
    const section = sections.get(name);
    const found = section ? pickEntries(section, Object.keys(keys), report) : new Map<string, IniEntry>();
    for (const [key, entry] of found) entries.set(`${name}.${key}`, entry);
    values[name] = readSection({ name, section, keys, found }, report);
  }
  return {
    values: values as unknown as Values,
    tags: readTags(sections.get(TAGS_SECTION), report),
    find: (section, key) => entries.get(`${section}.${key}`),
  };
}

/** Known sections by name; unknown and repeated ones are reported. */
function pickSections(sections: readonly IniSection[], report: Report): Map<string, IniSection> {
  const names = [...Object.keys(GRAMMAR), TAGS_SECTION];
  const known = new Map<string, IniSection>();
  for (const section of sections) {
    const first = known.get(section.name);
    if (!names.includes(section.name)) {
      report(section, `[${section.name}] is not a known section${formatSuggestion(section.name, names)}`);
    } else if (first) {
      report(section, `[${section.name}] must be there once, it is in line ${first.line} already`);
    } else {
      known.set(section.name, section);
    }
  }
  return known;
}

/** Known keys by name; case does not count, as in Python's configparser. */
function pickEntries(section: IniSection, names: readonly string[], report: Report): Map<string, IniEntry> {
  const found = new Map<string, IniEntry>();
  for (const entry of section.entries) {
    const key = entry.key.toLowerCase();
    const first = found.get(key);
    const place = `[${section.name}] ${entry.key}`;
    if (!names.includes(key)) {
      report(entry, `${place} is not a known key${findRightPlace(key) ?? formatSuggestion(key, names)}`);
    } else if (first) {
      report(entry, `${place} must be there once, it is in line ${first.line} already`);
    } else {
      found.set(key, entry);
    }
  }
  return found;
}

function findRightPlace(key: string): string | undefined {
  const section = Object.entries(GRAMMAR).find(([, keys]) => Object.hasOwn(keys, key))?.[0];
  return section && ` there; it belongs below [${section}]`;
}

function readSection(
  of: {
    name: string;
    section: IniSection | undefined;
    keys: Readonly<Record<string, Key<unknown>>>;
    found: ReadonlyMap<string, IniEntry>;
  },
  report: Report,
): Record<string, unknown> {
  const missing = Object.keys(of.keys).filter((key) => of.keys[key]?.isRequired && !of.found.has(key));
  if (!of.section && missing.length > 0) {
    report(undefined, `[${of.name}] is missing; it must have ${missing.join(' and ')}`);
  } else {
    for (const key of missing) {
      report(of.section, `[${of.name}] ${key} is missing; it must be ${of.keys[key]?.kind.must}`);
    }
  }
  return Object.fromEntries(
    Object.entries(of.keys).map(([name, key]) => [
      name,
      readValue(`[${of.name}] ${name}`, key, of.found.get(name), report),
    ]),
  );
}

function readValue(place: string, key: Key<unknown>, entry: IniEntry | undefined, report: Report): unknown {
  const text = entry ? entry.value : key.default;
  if (text === undefined) return undefined;
  const value = key.kind.find(text);
  if (value === undefined && entry) {
    // Python's configparser has no comments behind values either, so such a file never worked.
    const note = /\s[#;]/.test(text) ? '; a comment needs a line of its own' : '';
    report(entry, `${place} must be ${key.kind.must}, got "${shorten(text)}"${note}`);
  }
  return value;
}

function shorten(text: string): string {
  const flat = text.replace(/\s*\n\s*/g, ' ');
  return flat.length > 100 ? `${flat.slice(0, 97)}...` : flat;
}

function readTags(section: IniSection | undefined, report: Report): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const entry of section?.entries ?? []) {
    const fault = findTagFault(entry.key, entry.value);
    if (Object.hasOwn(tags, entry.key)) report(entry, `[tags] ${entry.key} must be there once`);
    else if (fault) report(entry, `[tags] ${entry.key} ${fault}`);
    else tags[entry.key] = entry.value;
  }
  const extra = section?.entries[MOST_TAGS];
  if (extra) report(extra, `[tags] must have at most ${MOST_TAGS} keys`);
  return tags;
}
