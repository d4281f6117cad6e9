import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/artifact/ini.ts';

describe('parseIni', () => {
  it('reads both delimiters, comments, a byte order mark and CRLF', () => {
    const { sections, problems } = parseIni('\uFEFF[a]\r\n# one\r\nx = 1\r\n; two\r\ny: a=b\r\n');
    expect(problems).toEqual([]);
    expect(sections).toMatchObject([
      {
        name: 'a',
        line: 1,
        entries: [
          { key: 'x', value: '1', line: 3 },
          { key: 'y', value: 'a=b', line: 5 },
        ],
      },
    ]);
  });

  it('joins lines that are indented more than their key', () => {
    const { sections } = parseIni('[a]\nx = 1,\n    2,\n# not this\n\n    3\n\ny = 4\n');
    expect(sections[0]?.entries.map(({ value }) => value)).toEqual(['1,\n2,\n\n3', '4']);
  });

  it('keeps a line that it cannot read as a problem with its number', () => {
    expect(parseIni('x = 1\n[a]\nmoo cow\n').problems).toEqual([
      { line: 1, message: '"x" must stand below a [section]' },
      { line: 3, message: 'must be "[section]" or "key = value", got "moo cow"' },
    ]);
  });
});
