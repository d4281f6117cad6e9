// docs/local-rds-actions.md and the table of actions say the same, both ways.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ACTIONS } from '../../src/local/actions/actions.ts';
import type { Members } from '../../src/local/parameters.ts';

const PAGE = new URL('../../docs/local-rds-actions.md', import.meta.url);

interface Documented {
  readonly service: string;
  readonly name: string;
  /** As `Name` or, when required, `Name!`. */
  readonly parameters: readonly string[];
}

function parsePage(page: string): readonly Documented[] {
  return page
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const service = /^\w+/.exec(part)?.[0]?.toLowerCase() ?? '';
      return part
        .split(/^### /m)
        .slice(1)
        .map((action) => parseAction(service, action));
    });
}

function parseAction(service: string, action: string): Documented {
  const line = /^Parameters: (.*?)\.$/ms.exec(action)?.[1] ?? '';
  const parameters = [...line.matchAll(/(\*\*)?`(\w+)`/g)].map(
    ([, bold, name]) => `${name}${bold ? '!' : ''}`,
  );
  return { service, name: action.split('\n')[0] ?? '', parameters: parameters.sort() };
}

function listParameters(members: Members): readonly string[] {
  return Object.entries(members)
    .map(([name, shape]) => `${name}${shape.required ? '!' : ''}`)
    .sort();
}

test('every action and its parameters are documented, and nothing else is', async () => {
  const documented = parsePage(await readFile(PAGE, 'utf8'));
  const answered = ACTIONS.map(({ service, name, parameters }) => ({
    service,
    name,
    parameters: listParameters(parameters),
  }));
  expect(documented).toEqual(answered);
});

test('no action is in the table twice', () => {
  const names = ACTIONS.map(({ service, name }) => `${service} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});
