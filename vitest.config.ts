import { defineConfig } from 'vitest/config';

// Unit and rules tests run in parallel; of the files that start servers two at a time, however many cores there are: they
// mostly wait, and more at once would make a small machine the reason for a failure.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/unit/**/*.test.ts', 'test/rules/**/*.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/contract/**/*.test.ts', 'test/rds/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
