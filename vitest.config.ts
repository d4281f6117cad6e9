import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of the files that start servers; begun first, so that no worker is left with a long one when the other has ended. */
const LONGEST = [
  'contract/storage',
  'e2e/crash',
  'e2e/any-call-can-fail',
  'e2e/gate-killed',
  'e2e/converge-everywhere',
  'contract/storage-crash',
  'e2e/liquibase',
  'e2e/create-schema',
  'e2e/gate',
  'e2e/liquibase-runtime',
  'contract/engine-postgres',
  'contract/mariadb-forks',
  'contract/snapshots',
  'e2e/docker',
  'e2e/every-call-can-fail',
].map((name) => `test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.indexOf(relative(import.meta.dirname, moduleId));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// Unit and rules tests run in parallel; of the files that start servers two at a time, however many cores there are: they
// mostly wait, and more at once would make a small machine the reason for a failure. Files share their worker and what it
// has loaded: no module keeps state, which a rule watches, and starting a process for each file was a tenth of all work.
export default defineConfig({
  test: {
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/unit/**/*.test.ts', 'test/rules/**/*.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/contract/**/*.test.ts', 'test/rds/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/shared-cache.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
