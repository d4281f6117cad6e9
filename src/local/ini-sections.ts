// Changes one section of an INI file as AWS programs read it, and keeps every other byte. Knows text only.

export type SectionValues = Readonly<Record<string, string>>;

interface Section {
  /** Index of the header's line. */
  readonly start: number;
  /** Index after the last line of the section; blank lines and comments before the next header are nobody's. */
  readonly end: number;
}

/** Sets the values in the section, which is added at the end where there is none. */
export function setSection(content: string, name: string, values: SectionValues): string {
  const eol = findLineEnd(content);
  const lines = splitLines(content);
  const section = findSection(lines, name);
  const added = Object.entries(values).map(([key, value]) => `${key} = ${value}${eol}`);
  if (section === undefined) return `${endBlock(content, eol)}[${name}]${eol}${added.join('')}`;
  const kept = lines.slice(section.start + 1, section.end).filter((line) => !isOneOf(line, values));
  const header = endLine(lines[section.start] ?? '', eol);
  const own = [header, ...added, ...kept];
  return [...lines.slice(0, section.start), ...own, ...lines.slice(section.end)].join('');
}

/** Takes the section away, and the blank line that set it off. */
export function removeSection(content: string, name: string): string {
  const lines = splitLines(content);
  const section = findSection(lines, name);
  if (section === undefined) return content;
  const isSetOff = section.start > 0 && lines[section.start - 1]?.trim() === '';
  const start = isSetOff ? section.start - 1 : section.start;
  return [...lines.slice(0, start), ...lines.slice(section.end)].join('');
}

function findSection(lines: readonly string[], name: string): Section | undefined {
  const start = lines.findIndex((line) => readHeader(line) === name);
  if (start < 0) return undefined;
  const next = lines.findIndex((line, i) => i > start && readHeader(line) !== undefined);
  let end = next < 0 ? lines.length : next;
  while (end > start + 1 && /^\s*([#;].*)?$/.test((lines[end - 1] ?? '').trimEnd())) end--;
  return { start, end };
}

function readHeader(line: string): string | undefined {
  return /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ');
}

function isOneOf(line: string, values: SectionValues): boolean {
  const key = /^([A-Za-z_]+)\s*[=:]/.exec(line)?.[1];
  return key !== undefined && Object.hasOwn(values, key.toLowerCase());
}

/** Lines with their ends. */
function splitLines(content: string): readonly string[] {
  return content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function findLineEnd(content: string): string {
  return content.includes('\r\n') ? '\r\n' : '\n';
}

function endLine(line: string, eol: string): string {
  return line.endsWith('\n') ? line : `${line}${eol}`;
}

function endBlock(content: string, eol: string): string {
  return content === '' ? '' : `${endLine(content, eol)}${eol}`;
}
