// Everything: types, lint, unit and rules tests, then the tests on real servers. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfNeeded, root, runStep } from './prepare.mjs';

buildIfNeeded();
const bin = (name) => join(root, 'node_modules', '.bin', name);
runStep(bin('tsc'), ['-p', '.']);
runStep(bin('biome'), ['check', '--error-on-warnings', '.']);

const folder = mkdtempSync(join(tmpdir(), 'db-artifact-test-'));
const report = join(folder, 'report.json');
const { status } = spawnSync(
  bin('vitest'),
  [
    ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status ?? 1);
