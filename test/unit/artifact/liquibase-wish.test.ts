import { expect, it } from 'vitest';
import { applyLiquibaseWish } from '../../../src/artifact/liquibase-wish.ts';
import type { SchemaSpec } from '../../../src/artifact/spec.ts';

const SCHEMA: SchemaSpec = {
  liquibaseChangelogPath: 'db/changelog.yaml',
  liquibaseContexts: ['production'],
  liquibaseLabels: 'fast',
  liquibaseParameters: { owner: 'shop', size: '1' },
};

it('replaces contexts and labels, and adds parameters', () => {
  const wish = { contexts: ['test'], labels: '!slow', parameters: ['size=a=b', 'empty='] };
  expect(applyLiquibaseWish(SCHEMA, wish)).toEqual({
    ...SCHEMA,
    liquibaseContexts: ['test'],
    liquibaseLabels: '!slow',
    liquibaseParameters: { owner: 'shop', size: 'a=b', empty: '' },
  });
});

it('leaves what nobody asks for', () => {
  expect(applyLiquibaseWish(SCHEMA, {})).toEqual(SCHEMA);
});

it('refuses wishes where there is no changelog', () => {
  const none = { ...SCHEMA, liquibaseChangelogPath: undefined };
  expect(() => applyLiquibaseWish(none, { labels: 'x' })).toThrow('no Liquibase changelog');
});
