// docs/ini.md and the grammar say the same, both ways.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { INI_KEYS } from '../../src/artifact/grammar.ts';

const DOCS = readFileSync(new URL('../../docs/ini.md', import.meta.url), 'utf8');

function readRows(): string[] {
  const rows: string[] = [];
  let section = '';
  for (const line of DOCS.split('\n')) {
    section = /^## \[(\w+)\]/.exec(line)?.[1] ?? section;
    const [, key, , text, meaning] = /^\| `(\w+)` \| (.*) \| (.*?) \| (.*) \|$/.exec(line) ?? [];
    if (key) rows.push(`${section}.${key}: ${text}: ${meaning}`);
  }
  return rows;
}

it('docs/ini.md lists every key with its default and its meaning, and no other', () => {
  const keys = INI_KEYS.map(({ section, key, isRequired, default: text, meaning }) => {
    const shown = isRequired ? 'required' : text === undefined ? '' : `\`${text}\``;
    return `${section}.${key}: ${shown}: ${meaning}`;
  });
  expect(readRows()).toEqual(keys);
});
