import { describe, expect, it } from 'vitest';
import { checkContainerInputs } from '../../../src/commands/container-inputs.ts';

const HOME = '/nonexistent';

function listProblems(env: NodeJS.ProcessEnv, format: 'table' | 'url' = 'table'): readonly string[] {
  try {
    checkContainerInputs({ HOME, ...env }, {}, format, env['DB_PASSWORD']);
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}

describe('a container of an artifact', () => {
  it('is told everything that is missing at once', () => {
    const problems = listProblems({ CREATE_MODE: 'copy' });
    expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
      'DB_PASSWORD',
      'CREATE_MODE',
      'AWS_PROFILE',
    ]);
  });

  it('is told the modes that there are', () => {
    const env = { DB_PASSWORD: 'secret', AWS_PROFILE: 'dev', CREATE_MODE: 'copy' };
    expect(listProblems(env)).toEqual(['CREATE_MODE must be clone or create, got "copy"']);
  });

  it('needs no more than a password and a profile', () => {
    expect(listProblems({ DB_PASSWORD: 'secret', AWS_PROFILE: 'dev' })).toEqual([]);
    expect(listProblems({ DB_PASSWORD: 'secret', AWS_REGION: 'eu-west-1', CREATE_MODE: '' })).toEqual([]);
  });

  it('needs no password where the result shows the one that is made', () => {
    expect(listProblems({ AWS_PROFILE: 'dev' }, 'url')).toEqual([]);
  });
});
