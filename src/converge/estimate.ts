// How long converging takes, roughly, from what others report of AWS; a local endpoint answers in a blink. Pure.
import type { FoundStep } from './step.ts';

export interface Estimate {
  readonly text: string;
  /** On AWS; undefined: nobody knows. */
  readonly leastMinutes: number | undefined;
  readonly mostMinutes: number | undefined;
}

const CLUSTER = { least: 4, most: 8 };
const INSTANCES = { least: 6, most: 12 };
const FULL_COPY_MINUTES = 60;

export function estimate(name: string, steps: readonly FoundStep[], isFullCopy: boolean): Estimate {
  const missing = steps.filter(({ found }) => found !== 'ours').map(({ step }) => step.phase);
  if (missing.length === 0) return { text: 'it is there already', leastMinutes: 0, mostMinutes: 0 };
  const parts = [
    ...(missing.includes(`cluster ${name}`) ? [CLUSTER] : []),
    ...(missing.includes(`instances of ${name}`) ? [INSTANCES] : []),
  ];
  const leastMinutes = parts.reduce((sum, { least }) => sum + least, 0);
  const mostMinutes = parts.reduce((sum, { most }) => sum + most, 0);
  if (isFullCopy && parts.includes(CLUSTER)) {
    const text = 'on AWS an hour or more: a full copy takes the longer, the larger the source is';
    return { text, leastMinutes: FULL_COPY_MINUTES, mostMinutes: undefined };
  }
  if (mostMinutes === 0) return { text: 'a minute or two', leastMinutes: 0, mostMinutes: 2 };
  const text = `on AWS ${leastMinutes} to ${mostMinutes} minutes, whatever the size of the source; on the local RDS less than a second`;
  return { text, leastMinutes, mostMinutes };
}
