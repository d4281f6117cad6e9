// Who is calling.
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';

export interface Caller {
  readonly account: string;
  /** Such as `arn:aws:sts::123456789012:assumed-role/Developer/alice`. */
  readonly arn: string;
}

export async function getCaller(aws: AwsConnection): Promise<Caller> {
  return await callAws('asking AWS who is calling', async () => {
    const { GetCallerIdentityCommand } = await import('./sts-client.ts');
    const client = await aws.sts();
    const answer = await client.send(new GetCallerIdentityCommand({}), getSendOptions(aws));
    return { account: answer.Account ?? '', arn: answer.Arn ?? '' };
  });
}
