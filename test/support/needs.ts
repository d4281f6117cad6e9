// Says what a test needs from the machine. Missing: the test is skipped with the reason printed, unless
// DB_ARTIFACT_TEST_REQUIRE names the need (comma-delimited, or `all`): then it fails.
import { describe } from 'vitest';

/** `describe` when `missing` is undefined; else skipped or, where the need is required, failed. */
export function describeIfMet(
  need: string,
  missing: string | undefined,
): typeof describe | typeof describe.skip {
  if (missing === undefined) return describe;
  const required = (process.env['DB_ARTIFACT_TEST_REQUIRE'] ?? '').split(',');
  if (required.includes('all') || required.includes(need)) {
    throw new Error(`this machine must provide ${need}: ${missing}`);
  }
  process.stderr.write(`skipped, needs ${need}: ${missing}\n`);
  return describe.skip;
}
