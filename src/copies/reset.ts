// Resetting a copy: it is made anew under its name, as its source is now. What was changed in it is lost.
import type { AwsConnection } from '../aws/connect.ts';
import { convergeCopy } from '../converge/converge.ts';
import { planCopy } from '../converge/plan.ts';
import type { ConvergeRequest, ConvergeResult } from '../converge/request.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { checkUnprotected, destroyCopy } from './destroy.ts';
import { type Copy, findCopy, getCopy } from './list.ts';

export interface ResetOptions {
  /** Also when it is protected. */
  readonly isForced?: boolean | undefined;
  /** The copy as a reset saw it that was interrupted: it may be gone by now. */
  readonly interrupted?: Copy | undefined;
}

/**
 * The same name gives the same host name on AWS; the port is asked for again, and a warning tells when either differs.
 * Everything that can be checked is checked before the copy is removed.
 */
export async function resetCopy(
  aws: AwsConnection,
  name: string,
  request: ConvergeRequest,
  { isForced = false, interrupted }: ResetOptions,
  progress: Progress,
): Promise<ConvergeResult> {
  const found = await findCopy(aws, name);
  const old = found ?? interrupted ?? (await getCopy(aws, name));
  if (!isForced) checkUnprotected(old, request.nowMs);
  const anew = makeAnew(request, old);
  await planCopy(anew);
  const { signal, timeoutSeconds } = request;
  const destroying = { isForced: true, waits: true, signal, timeoutSeconds };
  await destroyCopy(aws, old.name, destroying, progress).catch((error: unknown) => {
    if (found !== undefined || !(error instanceof FactoryError) || error.code !== 'NOT_FOUND') throw error;
  });
  const result = await convergeCopy(anew, progress);
  return { ...result, warnings: [...result.warnings, ...listMoves(old, result.copy)] };
}

/** What is not said anew stays as it was: owner, mode, master user, port and the end of its life. */
function makeAnew(request: ConvergeRequest, old: Copy): ConvergeRequest {
  const { artifact } = request;
  if (old.sourceId !== artifact.spec.source.clusterId) {
    const sources = `${old.name} is a copy of ${old.sourceId}, the artifact's source is ${artifact.spec.source.clusterId}`;
    throw new FactoryError('CONFLICT', sources, { hint: 'Name the image that the copy was made from.' });
  }
  const port = old.port ?? artifact.spec.network.port;
  const spec = { ...artifact.spec, network: { ...artifact.spec.network, port } };
  const mode = old.mode === 'create' ? 'create' : 'clone';
  return {
    ...request,
    artifact: { ...artifact, spec },
    name: old.name,
    owner: old.owner,
    mode,
    ...(mode === 'create' ? { username: old.username } : {}),
    isPasswordManaged:
      request.isPasswordManaged || (old.secretArn !== undefined && request.password === undefined),
    ttlSeconds: request.ttlSeconds ?? getRemaining(old, request.nowMs),
  };
}

/** Undefined, so that the artifact decides, where it has expired already. */
function getRemaining({ expiresAt }: Copy, nowMs: number): number | 'none' | undefined {
  if (expiresAt === undefined) return 'none';
  const seconds = Math.ceil((Date.parse(expiresAt) - nowMs) / 1000); // the time is written in whole seconds, cut off
  return seconds > 0 ? seconds : undefined;
}

function listMoves(old: Copy, { endpoint, port, name }: Copy): string[] {
  if (old.endpoint === endpoint && old.port === port) return [];
  return [`${name} is at ${endpoint}:${port} now; it was at ${old.endpoint}:${old.port}`];
}
