// Records the requests that a connection sends. moto lets a clone inherit what AWS does not, so what it describes
// proves nothing: what was sent does.
import type { AwsConnection } from '../../src/aws/connect.ts';

export interface SentRequest {
  /** Such as `CreateDBInstance`. */
  readonly action: string;
  readonly input: Record<string, unknown>;
}

type Handler = (args: { readonly input: unknown }) => Promise<unknown>;

interface Stack {
  add(
    middleware: (next: Handler, context: { readonly commandName?: string }) => Handler,
    options: { readonly step: 'initialize'; readonly name: string; readonly override: boolean },
  ): void;
}

/** Requests sent from now on, over all clients of the connection. */
export async function recordRequests(aws: AwsConnection): Promise<SentRequest[]> {
  const sent: SentRequest[] = [];
  const record = (action: string, input: unknown) => {
    sent.push({ action: action.replace(/Command$/, ''), input: input as Record<string, unknown> });
  };
  for (const client of [await aws.rds(), await aws.ec2(), await aws.sts()]) {
    // The stacks of the three clients differ in types only, which makes their union uncallable.
    (client.middlewareStack as Stack).add(
      (next, { commandName = '' }) =>
        async (args) => {
          record(commandName, args.input);
          return await next(args);
        },
      { step: 'initialize', name: 'recordRequests', override: true },
    );
  }
  return sent;
}

export function listChanges(sent: readonly SentRequest[]): SentRequest[] {
  return sent.filter(({ action }) => !/^(Describe|List|Get)/.test(action));
}
