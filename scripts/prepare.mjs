// Makes a fresh clone usable: installs packages and builds when needed. Uses nothing that must be installed first.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program in the project's folder with this terminal; ends this process when it fails. */
export function runStep(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Node 20.19 or newer is needed, this is ${process.version}. Hint: install it from nodejs.org.`,
  );
  process.exit(2);
}

export function installIfNeeded() {
  checkNode();
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs - 1000) return;
  console.error('Installing packages (npm ci)...');
  runStep('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

export function buildIfNeeded() {
  installIfNeeded();
  const built = join(root, 'dist', 'program.js');
  const sources = [join(root, 'src'), join(root, 'package-lock.json'), join(root, 'scripts', 'build.mjs')];
  if (existsSync(built) && Math.max(...sources.map(findNewest)) <= statSync(built).mtimeMs) return;
  runStep(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}

function findNewest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => findNewest(join(path, name))));
}
