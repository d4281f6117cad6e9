// Asks IAM what the caller may do, without doing it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
import { FactoryError } from '../errors.ts';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';
import type { Tag } from './types.ts';

export interface SimulatedCalls {
  readonly resource: string;
  readonly actions: readonly string[];
}

/** The actions that are denied, as if the resource had the tags and the request brought them. */
export async function simulateCalls(
  aws: AwsConnection,
  callerArn: string,
  { resource, actions }: SimulatedCalls,
  tags: readonly Tag[],
): Promise<string[]> {
  return await callAws('asking IAM what is permitted', async () => {
    const { SimulatePrincipalPolicyCommand } = await import('./iam-client.ts');
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: getPrincipalArn(callerArn),
      ActionNames: [...actions],
      ResourceArns: [resource],
      ContextEntries: tags.flatMap(({ Key, Value = '' }) =>
        ['aws:RequestTag', 'aws:ResourceTag'].map((kind) => ({
          ContextKeyName: `${kind}/${Key}`,
          ContextKeyValues: [Value],
          ContextKeyType: 'string' as const,
        })),
      ),
    });
    const { EvaluationResults = [] } = await (await aws.iam()).send(command, getSendOptions(aws));
    return EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed').map(
      ({ EvalActionName }) => EvalActionName ?? '',
    );
  });
}

/** IAM knows roles and users, not the sessions of a role; a path of the role is not in the session's ARN. */
export function getPrincipalArn(callerArn: string): string {
  const [, partition, account, role] =
    /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  if (role !== undefined) return `arn:${partition}:iam::${account}:role/${role}`;
  if (/:iam::\d+:(user|role)\//.test(callerArn)) return callerArn;
  throw new FactoryError('NOT_SUPPORTED', `IAM simulates nothing for ${callerArn}`);
}
