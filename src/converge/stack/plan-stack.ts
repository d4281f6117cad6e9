// Makes a stack of what converging would make, with all of its checks. Changes nothing.
import { findPlan } from '../plan.ts';
import { listPlanWarnings } from '../plan-warnings.ts';
import { prepareCopy } from '../prepare.ts';
import type { ConvergeRequest } from '../request.ts';
import { makeStack, type Stack } from './stack.ts';

/** In the tag `db-artifact:run`, since no run makes it; the same stack is then the same text. */
export const STACK_RUN_ID = 'cloudformation';

/** Throws what converging would throw before it makes anything. */
export async function planStack(request: ConvergeRequest): Promise<Stack> {
  const prepared = await prepareCopy({ ...request, runId: STACK_RUN_ID }, () => {});
  const { steps } = await findPlan(prepared.build, { onPasswordSent() {}, onPassed() {} });
  const existing = steps.filter(({ found }) => found === 'ours').map(({ step }) => step.phase);
  const warnings = [...prepared.warnings, ...listPlanWarnings(request)];
  if (existing.length > 0) {
    warnings.push(`a new stack cannot make what is there already: ${existing.join(', ')}`);
  }
  return makeStack(prepared.build, warnings);
}
