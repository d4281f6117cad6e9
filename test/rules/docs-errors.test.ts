// docs/errors.md and the table in src/errors.ts say the same, both ways.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES, EXIT } from '../../src/errors.ts';

const DOCS = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

it('docs/errors.md lists every exit status, and no other', () => {
  const listed = [...DOCS.matchAll(/^\| (\d+) \| .+ \|$/gm)].map(([, status]) => Number(status));
  expect(listed).toEqual(Object.values(EXIT));
});

it('docs/errors.md lists every code with its status and meaning, and no other', () => {
  const rows = [...DOCS.matchAll(/^\| <a id="(\w+)"><\/a>`(\w+)` \| (\d+) \| (.+) \|$/gm)];
  expect(rows.map(([, id, code, status, meaning]) => [id, code, Number(status), meaning])).toEqual(
    Object.entries(ERROR_CODES).map(([code, { exit, meaning }]) => [code.toLowerCase(), code, exit, meaning]),
  );
});
