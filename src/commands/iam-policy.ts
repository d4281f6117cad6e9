// db-artifact iam-policy: the least policy for a role. Asks nobody; changes nothing.
import { Argument, Command } from 'commander';
import { IAM_ROLES, type IamRole, makePolicy } from '../copies/iam-policy.ts';
import { FactoryError } from '../errors.ts';
import type { CommandContext } from './context.ts';

interface PolicyOptions {
  readonly source?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

const ARN = /^arn:(aws[a-z-]*):rds:([a-z0-9-]+):(\d{12}):cluster:([A-Za-z0-9-]+)$/;

export function makeIamPolicyCommand(context: CommandContext): Command {
  const command = new Command('iam-policy')
    .description('Print the least IAM policy for a role, as JSON.')
    .addArgument(new Argument('<role>', 'who builds, who makes copies, or what runs gc').choices(IAM_ROLES))
    .option('--source <cluster>', 'the source, as an identifier or an ARN (default: any)')
    .option('--account <id>', 'the AWS account (default: that of the ARN, else any)')
    .option('--region <region>', 'the AWS region (default: that of the ARN, else any)');
  return command.action(async (role: IamRole, { source = '*', account, region }: PolicyOptions) => {
    const output = context.openOutput(command);
    if (source.startsWith('arn:') && !ARN.test(source)) {
      throw new FactoryError('BAD_INVOCATION', `--source must be the ARN of a cluster, got ${source}`);
    }
    const [, partition = 'aws', ofRegion = '*', ofAccount = '*', sourceId = source] = ARN.exec(source) ?? [];
    const scope = { partition, region: region ?? ofRegion, account: account ?? ofAccount, sourceId };
    output.printText(JSON.stringify(makePolicy(role, scope), null, 2));
  });
}
