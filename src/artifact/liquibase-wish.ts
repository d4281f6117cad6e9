// What somebody asks of Liquibase in place of the INI file: contexts, labels, parameters. Pure.
import { FactoryError } from '../errors.ts';
import type { SchemaSpec } from './spec.ts';

export interface LiquibaseWish {
  readonly contexts?: readonly string[] | undefined;
  readonly labels?: string | undefined;
  /** `name=value`. */
  readonly parameters?: readonly string[] | undefined;
}

/** Contexts and labels replace those of the INI file, parameters are added to its own. */
export function applyLiquibaseWish(schema: SchemaSpec, wish: LiquibaseWish): SchemaSpec {
  const { contexts, labels, parameters } = wish;
  if (contexts === undefined && labels === undefined && parameters === undefined) return schema;
  if (schema.liquibaseChangelogPath === undefined) {
    throw new FactoryError(
      'BAD_INVOCATION',
      'there is no Liquibase changelog that contexts, labels or parameters are for',
      {
        hint: 'The INI file names one with liquibase_changelog_path, and only --create-mode create applies it.',
      },
    );
  }
  return {
    ...schema,
    liquibaseContexts: contexts ?? schema.liquibaseContexts,
    liquibaseLabels: labels ?? schema.liquibaseLabels,
    liquibaseParameters: {
      ...schema.liquibaseParameters,
      ...Object.fromEntries((parameters ?? []).map(splitPair)),
    },
  };
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
