// Turns what Liquibase prints when it fails into one error: file, line, change set, reason, SQL.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { LiquibaseOptions } from './liquibase.ts';
import { formatStatement } from './run-statements.ts';

interface Failure {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly changeSet?: string | undefined;
  readonly reason: string;
  readonly sql?: string | undefined;
}

type Where = Pick<LiquibaseOptions, 'liquibaseHome' | 'changelogPath' | 'database'>;

export async function describeLiquibaseFailure(output: string, where: Where): Promise<FactoryError> {
  const { password } = where.database;
  const said = password === '' ? output : output.replaceAll(password, '***');
  const failure = parseFailure(said);
  const file = failure.file ?? where.changelogPath;
  const text = await readFile(join(where.liquibaseHome, 'changelog', file), 'utf8').catch(() => '');
  const line =
    failure.line ?? findChangeSetLine(text, failure.changeSet) ?? findWordLine(text, failure.reason);
  const place = line === undefined ? file : `${file}:${line}`;
  const changeSet = failure.changeSet === undefined ? '' : `change set ${failure.changeSet}: `;
  return new FactoryError('DATABASE_FAILED', `${place}: ${changeSet}${failure.reason}`, {
    hint: failure.sql === undefined ? undefined : `The SQL was: ${formatStatement(failure.sql)}`,
    cause: new Error(said.trim().slice(-4000)),
  });
}

export function parseFailure(output: string): Failure {
  if (output.includes('StackOverflowError')) return { reason: 'the changelog includes itself' };
  const message = findMessage(output);
  const migration = /Migration failed for changeset (\S+)::(\S+)::(.+?):\s*Reason:\s*([\s\S]*)/.exec(message);
  if (migration !== null) {
    const sql = /\[Failed SQL: (?:\(-?\d+\) )?([\s\S]*)\]/.exec(message)?.[1];
    const reason = cleanReason((migration[4] ?? '').replace(/\[Failed SQL: [\s\S]*/, ''));
    return { file: migration[1], changeSet: `${migration[2]}::${migration[3]}`, reason, sql };
  }
  const changeSet = /(\S+\.(?:ya?ml|xml|json|sql))::([^\s:]+)::([^\s,:'"]+)/.exec(message);
  const named =
    /(?:parsing|file|reading|Syntax error in|in)\s+(?:line \d+ column \d+ of\s+)?['"]?([^\s'":]+\.(?:ya?ml|xml|json|sql))/i.exec(
      message,
    );
  const line = /line (\d+)/.exec(message)?.[1];
  return {
    file: changeSet?.[1] ?? named?.[1],
    line: line === undefined ? undefined : Number(line),
    changeSet: changeSet === null ? undefined : `${changeSet[2]}::${changeSet[3]}`,
    reason: cleanReason(message),
  };
}

/** The innermost reason comes first where there is one; else the line that says what is unexpected. */
function findMessage(output: string): string {
  const unexpected =
    /Unexpected error running Liquibase:\s*([\s\S]*?)(?:\n\s*\n|\nFor more information|$)/.exec(output)?.[1];
  const primary = /Exception Primary Reason:\s*(.+)/.exec(output)?.[1];
  const whole =
    unexpected ??
    /^ERROR:?\s*(.+)$/m.exec(output)?.[1] ??
    primary ??
    output.trim().split('\n').slice(-3).join(' ');
  return whole.includes('Migration failed') || primary === undefined ? whole : `${whole}`;
}

function cleanReason(reason: string): string {
  const lines = reason
    .replace(/^\s*-?\s*caused by:?/gim, '')
    .replace(/liquibase\.exception\.\w+: /g, '')
    .replace(/^(Error parsing \S+ ?: )+/, '')
    .split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** Liquibase does not say where a change set stands: it is found by its id. */
function findChangeSetLine(text: string, changeSet: string | undefined): number | undefined {
  const id = changeSet?.split('::')[0];
  if (id === undefined) return undefined;
  const quoted = id.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&');
  const pattern = `(\\bid["']?\\s*[:=]\\s*["']?${quoted}["']?(?![\\w.-]))|(^--\\s*changeset\\s+\\S+:${quoted}(?!\\S))`;
  return findLine(text, new RegExp(pattern, 'i'));
}

/** Nor does it say where an unknown word stands, which it quotes. */
function findWordLine(text: string, reason: string): number | undefined {
  const word = /Unknown \w+(?: \w+)? '(\w+)'/.exec(reason)?.[1];
  return word === undefined ? undefined : findLine(text, new RegExp(`\\b${word}\\b`));
}

function findLine(text: string, pattern: RegExp): number | undefined {
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}
