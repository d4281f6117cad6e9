// The least IAM policy for each role that people have with artifacts. Pure; what each call allows to limit is from
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
import { change, maintain } from './change.ts';
import { look } from './look.ts';
import { make } from './make.ts';
import { pullImages, pushImages } from './registry.ts';
import { remove } from './remove.ts';
import { useKeys, useRoles, useSecrets } from './services.ts';
import type { PolicyScope, PolicyStatement } from './statement.ts';

export const IAM_ROLES = ['publisher', 'consumer', 'collector'] as const;
export type IamRole = (typeof IAM_ROLES)[number];

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export function makePolicy(role: IamRole, scope: PolicyScope): Policy {
  return { Version: '2012-10-17', Statement: STATEMENTS[role](scope) };
}

const STATEMENTS: Record<IamRole, (scope: PolicyScope) => readonly PolicyStatement[]> = {
  publisher: (scope) => [look(), ...pushImages(scope)],
  consumer: (scope) => [
    look(),
    ...pullImages(scope),
    ...make(scope),
    ...change(scope),
    ...maintain(scope),
    ...remove(scope),
    ...useKeys(scope),
    ...useSecrets(scope),
    ...useRoles(scope),
  ],
  collector: (scope) => [look(), ...maintain(scope), ...remove(scope)],
};
