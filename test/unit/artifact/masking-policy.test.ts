import { describe, expect, it } from 'vitest';
import { findColumnPolicy, findTablePolicy } from '../../../src/artifact/masking-policy.ts';
import { parseMaskingPolicy } from '../../../src/artifact/read-masking-policy.ts';
import type { FactoryError } from '../../../src/errors.ts';

function findProblems(text: string): readonly string[] {
  try {
    parseMaskingPolicy(text, 'm.yaml');
    return [];
  } catch (error) {
    return (error as FactoryError).problems;
  }
}

describe('a masking policy', () => {
  it('reads every class', () => {
    const policy = parseMaskingPolicy(
      `tables:
  t:
    drop_rows: a > 1
    columns:
      a: keep
      b: null
      c: hash
      d: shuffle
      e: fake email
      f: { value: 0 }
      g: { json: { a.b: fake phone, c: null } }
      h: { search: { config: english, columns: [e] } }
  "log_*": truncate
`,
      'm.yaml',
    );
    expect(policy.tables[0]?.dropRows).toBe('a > 1');
    expect(policy.tables[0]?.columns.map(({ mask }) => mask)).toEqual([
      { kind: 'keep' },
      { kind: 'null' },
      { kind: 'hash' },
      { kind: 'shuffle' },
      { kind: 'fake', what: 'email' },
      { kind: 'value', value: 0 },
      {
        kind: 'json',
        paths: [
          { path: ['a', 'b'], mask: { kind: 'fake', what: 'phone' } },
          { path: ['c'], mask: { kind: 'null' } },
        ],
      },
      { kind: 'search', config: 'english', columns: ['e'] },
    ]);
    expect(findTablePolicy(policy, { schema: 'public', name: 'log_2024' }, 'public')?.action).toBe(
      'truncate',
    );
  });

  it('prefers exact names to patterns, and longer patterns to shorter ones', () => {
    const policy = parseMaskingPolicy(
      `tables: { t: { columns: { a: keep, "a*": hash } } }
columns: { "*_id": keep, "t.x_id": hash, "x_*": null }
`,
      'm.yaml',
    );
    const find = (column: string) =>
      findColumnPolicy(policy, policy.tables[0], { schema: 'public', name: 't' }, column)?.mask.kind;
    expect([find('a'), find('ab'), find('x_id'), find('y_id'), find('x_y'), find('z')]).toEqual([
      'keep',
      'hash',
      'hash',
      'keep',
      'null',
      undefined,
    ]);
  });

  it('reports every problem at once with its line', () => {
    expect(
      findProblems(`version: 2
sed: x
tables:
  t:
    columns:
      a:
      b: fake mail
      c: { value: [1] }
      "*": keep
    row: x
  u: drop
locale: xx
`),
    ).toEqual([
      'm.yaml:1: version must be 1',
      expect.stringMatching(/^m\.yaml:2: unknown key "sed"/),
      expect.stringMatching(/^m\.yaml:6: column "a" must be keep, .*got nothing$/),
      expect.stringMatching(/^m\.yaml:7: column "b": no fake "mail"/),
      expect.stringMatching(/^m\.yaml:8: column "c": value must be/),
      expect.stringMatching(/^m\.yaml:9: "\*: keep" would keep columns that nobody has looked at/),
      expect.stringMatching(/^m\.yaml:10: unknown key "row" of table "t"/),
      expect.stringMatching(/^m\.yaml:11: table "u" must be/),
      expect.stringMatching(/^m\.yaml:12: locale must be one of/),
    ]);
    expect(findProblems('tables: [')).toEqual([expect.stringMatching(/^m\.yaml:1: /), expect.anything()]);
  });
});
