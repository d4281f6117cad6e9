// Says which packages of this machine the files of the base `host` come from, for the bill of materials.
// Only dpkg is asked; elsewhere, and for files of no package, the digest of the file is what an auditor gets.
import { createReadStream } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { collectBytes, getDigest } from '../../image/digest.ts';
import { runProgram } from '../../run.ts';
import { HOST_PATH, type HostFile, NODE_PATH } from './files.ts';

export interface HostPackage {
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl: string;
}

export interface HostContents {
  readonly packages: readonly HostPackage[];
  /** Paths in the image, of what no package is known for. */
  readonly files: readonly { readonly path: string; readonly digest: string }[];
}

const QUERY_MS = 30_000;
const OS_RELEASE = '/etc/os-release';
const FORMAT = `${['Package', 'Version', 'Architecture'].map((field) => `\${${field}}`).join('\\t')}\\n`;

/** Node itself is left out: its version is known. */
export async function listHostContents(files: readonly HostFile[]): Promise<HostContents> {
  const others = files.filter(({ path }) => path !== NODE_PATH);
  const owners = await findOwners(others);
  const unowned = others.filter((file) => !owners.has(file.source));
  return {
    packages: await describePackages([...new Set(owners.values())].sort()),
    files: await Promise.all(unowned.map(async ({ source, path }) => ({ path, digest: await hash(source) }))),
  };
}

/** Package by file. A distribution that moved /lib into /usr may know a file under either name. */
async function findOwners(files: readonly HostFile[]): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  for (const { source } of files) {
    for (const path of [source, await realpath(source)]) {
      for (const name of [path, path.replace(/^\/usr\//, '/'), `/usr${path}`]) sources.set(name, source);
    }
  }
  const owners = new Map<string, string>();
  for (const line of (await askDpkg(['-S', '--', ...sources.keys()])).split('\n')) {
    const [, name, path] = /^([^\s,]+): (\/.*)$/.exec(line) ?? [];
    const source = sources.get(path ?? '');
    if (source !== undefined && name !== undefined) owners.set(source, name);
  }
  return owners;
}

async function describePackages(names: readonly string[]): Promise<readonly HostPackage[]> {
  if (names.length === 0) return [];
  const distribution = /^ID="?([\w.-]+)"?$/m.exec(await readFile(OS_RELEASE, 'utf8'))?.[1] ?? 'debian';
  const lines = (await askDpkg(['-W', '-f', FORMAT, '--', ...names])).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [name, version, architecture] = line.split('\t') as [string, string, string];
    const encoded = [name, version].map(encodeURIComponent).join('@');
    return { name, version, purl: `pkg:deb/${distribution}/${encoded}?arch=${architecture}` };
  });
}

/** What it knows; it ends with an error where one of several is unknown to it. */
async function askDpkg(args: readonly string[]): Promise<string> {
  const env = { PATH: HOST_PATH, LC_ALL: 'C' };
  const asked = await runProgram('dpkg-query', args, { env, timeoutMs: QUERY_MS }).catch(() => undefined);
  return asked?.stdout ?? '';
}

async function hash(path: string): Promise<string> {
  return getDigest(await collectBytes(createReadStream(path)));
}
