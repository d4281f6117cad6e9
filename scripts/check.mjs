// What to run before each commit: types, lint, format, unit tests and rules. Under a minute.
import { join } from 'node:path';
import { installIfNeeded, root, runStep } from './prepare.mjs';

installIfNeeded();
const bin = (name) => join(root, 'node_modules', '.bin', name);
runStep(bin('tsc'), ['-p', '.']);
runStep(bin('biome'), ['check', '--error-on-warnings', '.']);
runStep(bin('vitest'), ['run', '--project', 'fast', ...process.argv.slice(2)]);
