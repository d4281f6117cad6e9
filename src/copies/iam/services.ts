// What RDS does in other services on behalf of whoever makes a copy: keys, secrets, roles.
import {
  allow,
  type Condition,
  copies,
  getSourceArn,
  type PolicyScope,
  type PolicyStatement,
} from './statement.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.Keys.html */
export function useKeys(scope: PolicyScope): PolicyStatement[] {
  const { partition, region, account, keyArn } = scope;
  const key = keyArn ?? `arn:${partition}:kms:${region}:${account}:key/*`;
  const viaRds: Condition = { StringLike: { 'kms:ViaService': `rds.${region}.amazonaws.com` } };
  return [
    allow(
      'UseKeys',
      ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      key,
      viaRds,
    ),
    allow('GrantKeysToRds', ['kms:CreateGrant'], key, {
      ...viaRds,
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
  ];
}

/**
 * With --manage-password. RDS tags each secret with its cluster, so that of the source stays out of reach.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
 */
export function useSecrets(scope: PolicyScope): PolicyStatement[] {
  const { partition, region, account, sourceArn } = scope;
  const secrets = `arn:${partition}:secretsmanager:${region}:${account}:secret:rds!cluster-*`;
  const cluster = 'aws:ResourceTag/aws:rds:primaryDBClusterArn';
  const [ofCopies = ''] = copies(scope, 'cluster');
  return [
    allow('ManagePasswords', ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], secrets),
    allow('ReadPasswords', ['secretsmanager:GetSecretValue'], secrets, {
      StringLike: { [cluster]: ofCopies },
      ...(sourceArn === undefined ? {} : { StringNotEquals: { [cluster]: getSourceArn(scope) } }),
    }),
  ];
}

export function useRoles({ partition, account, monitoringRoleArn }: PolicyScope): PolicyStatement[] {
  const roles = `arn:${partition}:iam::${account}:role`;
  return [
    allow('Monitor', ['iam:PassRole'], monitoringRoleArn ?? `${roles}/*`, {
      StringEquals: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' },
    }),
    // Before the first cluster of an account.
    allow(
      'BeginWithRds',
      ['iam:CreateServiceLinkedRole'],
      `${roles}/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS`,
      { StringEquals: { 'iam:AWSServiceName': 'rds.amazonaws.com' } },
    ),
  ];
}
