// The parts of a policy, and what its statements are about.
import { TAG_PREFIX } from '../../aws/owned.ts';

export interface PolicyScope {
  readonly partition: string;
  /** `*`: any, as in what follows. */
  readonly region: string;
  /** Where copies are made. */
  readonly account: string;
  /** ARN of the source; undefined: any cluster. */
  readonly sourceArn: string | undefined;
  /** Names that copies may have, with wildcards. */
  readonly names: string;
  /** Customer key of an encrypted source or copy; undefined: any of the account. */
  readonly keyArn: string | undefined;
  /** That Enhanced Monitoring writes with; undefined: any of the account. */
  readonly monitoringRoleArn: string | undefined;
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

export type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;

const NAME_TAG = `${TAG_PREFIX}name`;
/** Whatever the copy is called, it has a name. */
export const IS_OURS: Condition = { StringLike: { [`aws:ResourceTag/${NAME_TAG}`]: '?*' } };
export const MAKES_OURS: Condition = { StringLike: { [`aws:RequestTag/${NAME_TAG}`]: '?*' } };

export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: Condition,
): PolicyStatement {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

/** `name` is what follows the account, such as `cluster:*`. */
export function rds({ partition, region, account }: PolicyScope, name: string): string {
  return `arn:${partition}:rds:${region}:${account}:${name}`;
}

/** Copies, and what is made for them, by the names that they may have. */
export function copies(scope: PolicyScope, ...kinds: readonly ('cluster' | 'db' | 'subgrp')[]): string[] {
  return kinds.map((kind) =>
    rds(scope, `${kind}:${scope.names}${kind === 'db' && scope.names !== '*' ? '-*' : ''}`),
  );
}

export function ec2({ partition, region, account }: PolicyScope, name: string): string {
  return `arn:${partition}:ec2:${region}:${account}:${name}`;
}

export function getSourceArn(scope: PolicyScope): string {
  return scope.sourceArn ?? rds(scope, 'cluster:*');
}
