// db-artifact iam-policy: the least policy for a role. Asks nobody; changes nothing.
import { Argument, Command } from 'commander';
import { IAM_ROLES, type IamRole, makePolicy } from '../copies/iam/policy.ts';
import type { PolicyScope } from '../copies/iam/statement.ts';
import { FactoryError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import { parsing } from './options.ts';

interface PolicyOptions {
  readonly source?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly names: string;
  readonly kmsKey?: string | undefined;
  readonly monitoringRole?: string | undefined;
}

const CLUSTER_ARN = /^arn:(aws[a-z-]*):rds:([a-z0-9-]+):(\d{12}):cluster:[A-Za-z0-9-]+$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

export function makeIamPolicyCommand(context: CommandContext): Command {
  const command = new Command('iam-policy')
    .description('Print the least IAM policy for a role, as JSON.')
    .addArgument(new Argument('<role>', 'who builds, who makes copies, or what runs gc').choices(IAM_ROLES))
    .option('--source <cluster>', 'the source, as an identifier or an ARN (default: any)')
    .option('--account <id>', 'the AWS account of copies (default: that of the ARN, else any)')
    .option('--region <region>', 'the AWS region (default: that of the ARN, else any)')
    .option('--names <pattern>', 'the names that copies may have, such as dev-*', parseNames, '*')
    .option('--kms-key <arn>', 'the key of encrypted copies (default: any of the account)', matchArn(KEY_ARN))
    .option(
      '--monitoring-role <arn>',
      'the role of Enhanced Monitoring (default: any of the account)',
      matchArn(ROLE_ARN),
    );
  return command.action(async (role: IamRole, options: PolicyOptions) => {
    const output = context.openOutput(command);
    output.printText(JSON.stringify(makePolicy(role, readScope(options)), null, 2));
  });
}

const parseNames = parsing((text) => {
  if (/^[a-z*?][a-z0-9*?-]{0,62}$/.test(text)) return text;
  throw new Error('names are small letters, digits, hyphens, and the wildcards * and ?.');
});

function matchArn(pattern: RegExp): (text: string) => string {
  return parsing((text) => {
    if (pattern.test(text)) return text;
    throw new Error('it must be a full ARN.');
  });
}

function readScope({ source, account, region, names, kmsKey, monitoringRole }: PolicyOptions): PolicyScope {
  if (source?.startsWith('arn:') && !CLUSTER_ARN.test(source)) {
    throw new FactoryError('BAD_INVOCATION', `--source must be the ARN of a cluster, got ${source}`);
  }
  const [arn, partition = 'aws', ofRegion = '*', ofAccount = '*'] = CLUSTER_ARN.exec(source ?? '') ?? [];
  const place = { partition, region: region ?? ofRegion, account: account ?? ofAccount };
  const ownArn = `arn:${partition}:rds:${place.region}:${place.account}:cluster:${source}`;
  const sourceArn = arn ?? (source === undefined ? undefined : ownArn);
  return { ...place, sourceArn, names, keyArn: kmsKey, monitoringRoleArn: monitoringRole };
}
