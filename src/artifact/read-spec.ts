// INI text to ArtifactSpec: the table of contents of this folder. Opens no file; the name is only for messages.
import { FactoryError } from '../errors.ts';
import { checkTogether } from './cross-checks.ts';
import { parseIni } from './ini.ts';
import { makeSpec } from './make-spec.ts';
import { type Report, readValues } from './read-values.ts';
import type { ArtifactSpec } from './spec.ts';

/** Throws one BAD_CONFIGURATION with every problem, each `file:line: [section] key must be X, got "Y"`. */
export function readSpec(text: string, fileName: string): ArtifactSpec {
  const document = parseIni(text);
  const problems: { line: number; message: string }[] = [...document.problems];
  const report: Report = (at, message) => problems.push({ line: at?.line ?? 1, message });
  const read = readValues(document, report);
  if (problems.length === 0) checkTogether(read, report);
  if (problems.length > 0) throw describeProblems(fileName, text, problems);
  return makeSpec(read);
}

function describeProblems(
  fileName: string,
  text: string,
  problems: readonly { line: number; message: string }[],
): FactoryError {
  const sorted = [...problems].sort((a, b) => a.line - b.line);
  const isEmpty = text.trim() === '';
  const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
  return new FactoryError('BAD_CONFIGURATION', `${fileName} ${isEmpty ? 'is empty' : `has ${count}`}`, {
    problems: sorted.map(({ line, message }) => `${fileName}:${line}: ${message}`),
    hint: 'docs/ini.md describes every section and key.',
  });
}
