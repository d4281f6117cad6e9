// Reports of masking: a file for each copy that this machine masked, beside the passwords; else the copy's own record.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Copy } from '../converge/copy.ts';
import type { MaskingReport } from '../converge/masking/report.ts';
import { wrapError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import { findPassword, forgetPassword } from './passwords.ts';
import { formatElapsed } from './progress-view.ts';
import { forgetResetNote } from './reset-notes.ts';
import { formatTable } from './table.ts';

type CopyName = Pick<Copy, 'name' | 'resourceId'>;

/** Returns the path of the file. */
export async function keepReport(copiesDir: string, copy: CopyName, report: MaskingReport): Promise<string> {
  const path = getReportPath(copiesDir, copy.name);
  const temporary = `${path}.${process.pid}.tmp`;
  const document = { schemaVersion: 1, copy: copy.name, resourceId: copy.resourceId, ...report };
  try {
    await mkdir(copiesDir, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw wrapError(`keeping the masking report in ${path}`, error, 'STORE_FAILED');
  }
  return path;
}

/** What this machine keeps of a copy that is gone. */
export async function forgetCopy(copiesDir: string, { name, resourceId }: CopyName): Promise<void> {
  await rm(getReportPath(copiesDir, name), { force: true });
  await forgetPassword(copiesDir, resourceId);
  await forgetResetNote(copiesDir, name);
}

/** Undefined where the copy is not masked, or neither its file nor its password is on this machine. */
export async function findReport(
  { folders, env }: Pick<CommandContext, 'folders' | 'env'>,
  copy: Copy,
): Promise<MaskingReport | undefined> {
  if (copy.maskingDigest === undefined || copy.gate !== 'open') return undefined;
  const text = await readFile(getReportPath(folders.copiesDir, copy.name), 'utf8').catch(() => undefined);
  const kept = text === undefined ? undefined : (JSON.parse(text) as MaskingReport & CopyName);
  if (kept?.resourceId === copy.resourceId) return kept;
  const password = (await findPassword(folders.copiesDir, copy.resourceId)) ?? env['DB_PASSWORD'];
  if (!password) return undefined;
  const { readMaskingReport } = await import('../converge/masking-record.ts');
  return await readMaskingReport(copy, password, env).catch(() => undefined); // it may not be reachable from here
}

export function formatReport(report: MaskingReport): string {
  const columns = report.tables.flatMap(({ table, action, rows, droppedRows, columns }) => [
    [table, action, String(rows), droppedRows > 0 ? `${droppedRows} dropped` : ''],
    ...columns.map((column) => [`${table}.${column.column}`, column.mask, String(column.rows), '']),
  ]);
  const findings = report.residual.map(
    ({ table, column, shape, rows }) => `residual: ${table}.${column} has ${shape} shapes in ${rows} rows`,
  );
  return [
    `masked in ${formatElapsed(report.seconds * 1000)} by ${report.policyDigest}`,
    ...(columns.length > 0 ? [formatTable(['masked', 'how', 'rows', ''], columns)] : []),
    ...(findings.length > 0 ? findings : ['residual check: nothing found']),
    ...report.left.map((what) => `left as it is: ${what}`),
  ].join('\n');
}

function getReportPath(copiesDir: string, name: string): string {
  return join(copiesDir, `${name}.masking.json`);
}
