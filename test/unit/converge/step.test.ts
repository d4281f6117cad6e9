import { describe, expect, test } from 'vitest';
import { type Found, type Job, removeParts, runSteps, type Step } from '../../../src/converge/step.ts';
import { FactoryError } from '../../../src/errors.ts';

const JOB = { progress: () => {} } as unknown as Job;

function makeStep(log: string[], phase: string, stage: number, changes: Partial<Step> = {}): Step {
  return {
    phase,
    stage,
    find: async () => 'missing',
    make: async () => void log.push(`make ${phase}`),
    wait: async () => void log.push(`wait ${phase}`),
    ...changes,
  };
}

const found = (step: Step, state: Found = 'missing') => ({ step, found: state });
const taken = async () => {
  throw new FactoryError('NAME_TAKEN', 'it exists already');
};

describe('running steps', () => {
  test('goes stage by stage and makes only what is missing', async () => {
    const log: string[] = [];
    const steps = [found(makeStep(log, 'b', 1)), found(makeStep(log, 'a', 0), 'ours')];
    await runSteps(steps, JOB, ({ phase }) => log.push(`made ${phase}`));
    expect(log).toEqual(['wait a', 'make b', 'made b', 'wait b']);
  });

  test('adopts what a retried or concurrent call has made, when it is ours', async () => {
    const log: string[] = [];
    const step = makeStep(log, 'a', 0, { make: taken, find: async () => 'ours' });
    await runSteps([found(step)], JOB, ({ phase }) => log.push(`made ${phase}`));
    expect(log).toEqual(['wait a']);
  });

  test("fails with NAME_TAKEN when it is somebody else's", async () => {
    const step = makeStep([], 'a', 0, { make: taken, find: async () => 'foreign' });
    await expect(runSteps([found(step)], JOB, () => {})).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('a failure keeps the next stage from starting', async () => {
    const log: string[] = [];
    const wait = async () => {
      throw new FactoryError('OPERATION_FAILED', 'it failed');
    };
    const steps = [found(makeStep(log, 'a', 0, { wait })), found(makeStep(log, 'b', 1))];
    await expect(runSteps(steps, JOB, () => {})).rejects.toMatchObject({ code: 'OPERATION_FAILED' });
    expect(log).toEqual(['make a']);
  });
});

describe('removing parts', () => {
  test('goes from the last stage to the first and stops at a failure', async () => {
    const log: string[] = [];
    const makePart = (phase: string, stage: number) => ({
      phase,
      stage,
      isBilled: false,
      find: async () => 'ours' as const,
      remove: async () => {
        log.push(phase);
        if (phase === 'cluster') throw new FactoryError('AWS_FAILED', 'no');
        return true;
      },
    });
    const parts = [makePart('group', 0), makePart('cluster', 1), makePart('instances', 3)];
    await expect(removeParts(parts, JOB)).rejects.toMatchObject({ code: 'AWS_FAILED' });
    expect(log).toEqual(['instances', 'cluster']);
  });
});
