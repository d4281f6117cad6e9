// Checks a policy against a real schema: at build against the source, where it can be read.
import type { MaskingPolicy } from '../../artifact/masking-policy.ts';
import { FactoryError } from '../../errors.ts';
import { resolvePolicy } from './resolve-policy.ts';
import type { DatabaseSchema } from './schema.ts';

/** Throws BAD_CONFIGURATION with every problem. A column without a class is one. */
export function checkPolicy(policy: MaskingPolicy, schema: DatabaseSchema): void {
  const { problems } = resolvePolicy(policy, schema);
  if (problems.length === 0) return;
  throw new FactoryError('BAD_CONFIGURATION', `the masking policy ${policy.file} does not fit the source`, {
    problems,
    hint: 'A first draft for what is missing: db-artifact build --draft-policy.',
  });
}
