// Runs a command that uses a copy, and afterwards destroys the copy where that was asked.
import type { AwsConnection } from '../aws/connect.ts';
import type { ConvergeResult } from '../converge/request.ts';
import { FactoryError } from '../errors.ts';
import { runInteractive } from '../run.ts';
import { toVariables } from './connections.ts';
import type { CommandContext } from './context.ts';
import { forgetCopy } from './masking-reports.ts';
import type { Output } from './output.ts';

const DESTROY_TIMEOUT_SECONDS = 3600;

/** Returns the command's own exit status; the copy is removed whatever becomes of the command. */
export async function runWithCopy(
  context: CommandContext,
  { copy, connection }: ConvergeResult,
  { aws, rm, output }: { aws: AwsConnection; rm: boolean | undefined; output: Output },
): Promise<number> {
  const { formatConnection } = await import('../converge/connection.ts');
  const [program, ...args] = context.rest ?? [];
  if (program === undefined) throw new FactoryError('BAD_INVOCATION', 'there is no command behind --');
  const variables = toVariables(connection, formatConnection(connection, 'uri'));
  output.pause();
  try {
    // The terminal sends Ctrl-C to the command as well: it decides when it ends.
    return await runInteractive(program, args, { env: { ...context.env, ...variables } });
  } finally {
    if (rm) await destroy(context, aws, { name: copy.name, resourceId: copy.resourceId, output });
  }
}

async function destroy(
  { folders }: CommandContext,
  aws: AwsConnection,
  { name, resourceId, output }: { name: string; resourceId: string; output: Output },
): Promise<void> {
  const { destroyCopy } = await import('../copies/destroy.ts');
  // Without the signal: an interrupted command leaves nothing behind either.
  await destroyCopy(
    { ...aws, signal: undefined },
    name,
    { isForced: true, waits: true, timeoutSeconds: DESTROY_TIMEOUT_SECONDS },
    output.progress,
  );
  await forgetCopy(folders.copiesDir, { name, resourceId });
}
