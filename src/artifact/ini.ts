// Reads INI text into sections with line numbers, by the rules of Python's configparser, which read these files
// before. Knows no section and no key by name. https://docs.python.org/3/library/configparser.html

export interface IniEntry {
  /** As written; case is kept. */
  readonly key: string;
  /** Continuation lines are joined with a newline. */
  readonly value: string;
  readonly line: number;
}

export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

export interface IniProblem {
  readonly line: number;
  readonly message: string;
}

export interface IniDocument {
  readonly sections: readonly IniSection[];
  readonly problems: readonly IniProblem[];
}

interface OpenSection extends IniSection {
  readonly entries: OpenEntry[];
}

interface OpenEntry {
  readonly key: string;
  readonly lines: string[];
  readonly line: number;
  readonly indent: number;
  value: string;
}

const SECTION = /^\[([^\]]+)\]/;
const ENTRY = /^(.*?)\s*[=:]\s*(.*)$/;

/** Never throws: what cannot be read is a problem with its line. */
export function parseIni(text: string): IniDocument {
  const sections: OpenSection[] = [];
  const problems: IniProblem[] = [];
  let entry: OpenEntry | undefined;
  for (const [index, line] of splitLines(text).entries()) {
    const content = line.trim();
    if (content.startsWith('#') || content.startsWith(';')) continue;
    const indent = line.length - line.trimStart().length;
    if (entry && (content === '' || indent > entry.indent)) {
      entry.lines.push(content);
      continue;
    }
    if (content === '') continue;
    entry = readLine({ content, indent, line: index + 1 }, sections, problems);
  }
  for (const open of sections.flatMap((section) => section.entries)) {
    open.value = open.lines.join('\n').trimEnd();
  }
  return { sections, problems };
}

/** A section header opens a section; `key = value` is added to the last one and returned. */
function readLine(
  place: { content: string; indent: number; line: number },
  sections: OpenSection[],
  problems: IniProblem[],
): OpenEntry | undefined {
  const { content, indent, line } = place;
  const name = SECTION.exec(content)?.[1];
  if (name !== undefined) {
    sections.push({ name, line, entries: [] });
    return undefined;
  }
  const section = sections.at(-1);
  const [, key, value] = ENTRY.exec(content) ?? [];
  if (!key || value === undefined) {
    problems.push({ line, message: `must be "[section]" or "key = value", got "${content}"` });
    return undefined;
  }
  if (!section) {
    problems.push({ line, message: `"${key}" must stand below a [section]` });
    return undefined;
  }
  const entry: OpenEntry = { key, lines: [value], line, indent, value };
  section.entries.push(entry);
  return entry;
}

function splitLines(text: string): string[] {
  const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return withoutMark.split(/\r\n|\n|\r/);
}
