// One converging by this process, in its turn: with the password that this machine knows, which is kept afterwards.
import type { ConvergeRequest, ConvergeResult } from '../converge/request.ts';
import { isInsideImage } from './artifacts.ts';
import type { CommandContext } from './context.ts';
import { keepReport } from './masking-reports.ts';
import type { Output } from './output.ts';
import { findPassword, keepOwnPassword } from './passwords.ts';
import { makeTurn, takeTurn } from './turns.ts';

/** A container keeps nothing, and has its turn from outside. */
export async function inTurn<T>(
  context: Pick<CommandContext, 'env' | 'folders'>,
  request: ConvergeRequest,
  output: Pick<Output, 'progress'>,
  work: (request: ConvergeRequest) => Promise<T>,
): Promise<T> {
  const { aws, name = '', timeoutSeconds, signal } = request;
  if (isInsideImage(context.env)) {
    return await work({ ...request, ...makeTurn(context.env['DB_ARTIFACT_RUN_ID'] ?? request.runId) });
  }
  const { copiesDir } = context.folders;
  const { progress } = output;
  return await takeTurn({ copiesDir, aws, name, timeoutSeconds, signal, progress }, async (turn) => {
    const known = request.password ? {} : await findKnownPassword(copiesDir, request);
    return await work({ ...request, ...turn, ...known });
  });
}

/** The same copy keeps its password. */
export async function findKnownPassword(
  copiesDir: string,
  { aws, name = '', isPasswordManaged }: ConvergeRequest,
): Promise<Pick<ConvergeRequest, 'password' | 'isPasswordManaged'>> {
  if (isPasswordManaged) return {};
  const { findCopy } = await import('../copies/list.ts');
  const copy = await findCopy(aws, name);
  if (copy === undefined) return {};
  if (copy.secretArn !== undefined && copy.gate !== 'shut') return { isPasswordManaged: true };
  return { password: await findPassword(copiesDir, copy.resourceId) };
}

export async function convergeHere(
  { env, folders }: CommandContext,
  request: ConvergeRequest,
  output: Output,
): Promise<ConvergeResult> {
  const { convergeCopy } = await import('../converge/converge.ts');
  const result = await convergeCopy(request, output.progress);
  for (const warning of result.warnings) output.warn(warning);
  if (isInsideImage(env)) return result;
  await keepOwnPassword(folders.copiesDir, result);
  if (result.masking) {
    const path = await keepReport(folders.copiesDir, result.copy, result.masking);
    output.note(`masking report: ${path}`);
  }
  return result;
}
