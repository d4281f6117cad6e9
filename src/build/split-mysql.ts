// Splits MySQL files into statements as the mysql client does, with its word DELIMITER. There is no parser to check
// syntax with; what can be seen is what is left open.
// https://dev.mysql.com/doc/refman/8.4/en/stored-programs-defining.html
import type { SqlStatement, StatementKind } from '../artifact/compiled-sql.ts';
import { countLine, type SplitResult } from './split-result.ts';

const CLIENT_WORDS = /^(source|\\\.|tee|notee|pager|system|\\!)\s/i;

export function splitMysql(text: string): SplitResult {
  const statements: SqlStatement[] = [];
  const problems: { line: number; sentence: string }[] = [];
  let delimiter = ';';
  let start = -1; // of the statement under way
  let at = 0;
  const finish = (end: number): void => {
    if (start >= 0) statements.push(makeStatement(text, start, end));
    start = -1;
  };
  while (at < text.length) {
    const skipped = skipSpace(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    if (start < 0) {
      const line = text.slice(at, endOfLine(text, at));
      const word = /^delimiter[ \t]+(\S+)/i.exec(line);
      if (word !== null || CLIENT_WORDS.test(line)) {
        if (word !== null) delimiter = word[1] ?? ';';
        else
          problems.push({
            line: countLine(text, at),
            sentence: `"${line.trim()}" is a command of the mysql client, which is not used here`,
          });
        at = endOfLine(text, at);
        continue;
      }
    }
    if (text.startsWith(delimiter, at)) {
      finish(at);
      at += delimiter.length;
      continue;
    }
    if (start < 0) start = at;
    const end = skipToken(text, at);
    if (end === undefined) {
      problems.push({
        line: countLine(text, at),
        sentence: `${describeOpening(text[at] ?? '')} is not closed`,
      });
      return { statements, problems };
    }
    at = end;
  }
  if (start >= 0 && delimiter !== ';') {
    problems.push({
      line: countLine(text, start),
      sentence: `the statement is not ended by the delimiter ${delimiter}`,
    });
  }
  finish(text.length);
  return { statements, problems };
}

function makeStatement(text: string, start: number, end: number): SqlStatement {
  const statement = text.slice(start, end).trimEnd();
  return { text: statement, line: countLine(text, start), kind: findKind(statement) };
}

/** Whether it may run in a transaction does not matter: MySQL commits before and after such statements by itself. */
function findKind(statement: string): StatementKind {
  if (/^(start\s+transaction\b|begin(\s+work)?$)/i.test(statement)) return 'begin';
  return /^(commit|rollback)(\s+work)?$/i.test(statement) ? 'end' : 'plain';
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** White space and comments; not a conditional comment, whose content is code, nor a hint. */
function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    if (/\s/.test(text[at] ?? '')) at++;
    else if (text[at] === '#' || /^--(\s|$)/.test(text.slice(at, at + 3))) at = endOfLine(text, at);
    else if (
      text.startsWith('/*', at) &&
      !/[!+]|M!/.test(text.slice(at + 2, at + 4)) &&
      text.includes('*/', at + 2)
    ) {
      at = text.indexOf('*/', at + 2) + 2;
    } else return at;
  }
}

/** The end of what starts here: a quoted text, a comment, or one character; undefined when it has no end. */
function skipToken(text: string, at: number): number | undefined {
  const character = text[at] ?? '';
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? undefined : end + 2;
  }
  if (character !== "'" && character !== '"' && character !== '`') return at + 1;
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === '\\' && character !== '`') next++;
    else if (text[next] === character) return next + 1; // a doubled quote starts the next text at once
  }
  return undefined;
}

function describeOpening(character: string): string {
  return character === '/' ? 'a comment' : `a text in ${character}`;
}
