import { expect, test } from 'vitest';
import { listEngineProblems } from '../../../src/artifact/engine-checks.ts';
import type { MaintenanceSpec } from '../../../src/artifact/spec.ts';
import { SPEC } from '../../support/artifact.ts';

const withMaintenance = (changes: Partial<MaintenanceSpec>) => ({
  ...SPEC,
  maintenance: { ...SPEC.maintenance, ...changes },
});

test('logs must be those that the engine of the source writes', () => {
  const spec = withMaintenance({ logExports: ['postgresql', 'slowquery', 'audit'] });
  expect(listEngineProblems(spec, 'aurora-postgresql')).toEqual([
    expect.stringContaining('must be of postgresql, instance, iam-db-auth-error, got "slowquery, audit"'),
  ]);
  expect(listEngineProblems(spec, 'aurora-mysql')).toEqual([expect.stringContaining('got "postgresql"')]);
  const both = withMaintenance({ logExports: ['instance', 'iam-db-auth-error'] });
  expect(listEngineProblems(both, 'aurora-postgresql')).toEqual([]);
  expect(listEngineProblems(both, 'aurora-mysql')).toEqual([]);
});

test('only Aurora MySQL can be rewound', () => {
  const spec = withMaintenance({ backtrackSeconds: 3600 });
  expect(listEngineProblems(spec, 'aurora-mysql')).toEqual([]);
  expect(listEngineProblems(spec, 'aurora-postgresql')).toEqual([
    expect.stringContaining('backtrack_window must be 0 or left out'),
  ]);
  for (const backtrackSeconds of [0, 'source', undefined] as const) {
    expect(listEngineProblems(withMaintenance({ backtrackSeconds }), 'aurora-postgresql')).toEqual([]);
  }
});
