// The options by which build, converge and reset say what of a Liquibase changelog is applied.
import type { Command } from 'commander';
import type { LiquibaseWish } from '../artifact/liquibase-wish.ts';
import { collectList, parsing } from './options.ts';

export interface LiquibaseOptions {
  readonly liquibaseContexts?: readonly string[] | undefined;
  readonly liquibaseLabels?: string | undefined;
  readonly liquibaseParameter?: readonly string[] | undefined;
}

/** A variable of the environment may hold several, one a line. */
function collectPairs(text: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...text
      .split('\n')
      .filter((line) => line !== '')
      .map(parsePair),
  ];
}

const parsePair = parsing((text) => {
  if (/^[^=\s]+=/.test(text)) return text;
  throw new Error('it must be NAME=VALUE.');
});

export function addLiquibaseOptions(command: Command): Command {
  return command
    .option(
      '--liquibase-contexts <names>',
      "Liquibase contexts in place of the INI file's, with commas between",
      collectList,
    )
    .option('--liquibase-labels <expression>', "a Liquibase label expression in place of the INI file's")
    .option(
      '--liquibase-parameter <pair>',
      'NAME=VALUE for the changelog; may be given several times',
      collectPairs,
    );
}

export function readLiquibaseWish(options: LiquibaseOptions): LiquibaseWish {
  return {
    contexts: options.liquibaseContexts,
    labels: options.liquibaseLabels,
    parameters: options.liquibaseParameter,
  };
}

/** For the program in a container; the values are in no argument. */
export function makeLiquibaseEnv(options: LiquibaseOptions): Readonly<Record<string, string | undefined>> {
  return {
    DB_ARTIFACT_LIQUIBASE_CONTEXTS: options.liquibaseContexts?.join(','),
    DB_ARTIFACT_LIQUIBASE_LABELS: options.liquibaseLabels,
    DB_ARTIFACT_LIQUIBASE_PARAMETER: options.liquibaseParameter?.join('\n'),
  };
}
