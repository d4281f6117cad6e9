// Runs one benchmark of bench/ by name: `npm run bench -- clone [options]`.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded, root, runStep } from './prepare.mjs';

buildIfNeeded();
const [name, ...args] = process.argv.slice(2);
const file = join(root, 'bench', `${name}.ts`);
if (!name || !existsSync(file)) {
  const names = readdirSync(join(root, 'bench')).filter((entry) => entry.endsWith('.ts'));
  console.error(`Name a benchmark: ${names.map((entry) => entry.slice(0, -3)).join(', ')}`);
  process.exit(2);
}
runStep(join(root, 'node_modules', '.bin', 'tsx'), [file, ...args]);
