// Lists what this machine's Node needs to run in an empty root file system: itself, its shared libraries, the
// loader, certificates, time zones, and the few files of /etc that programs ask for.
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { FactoryError } from '../../errors.ts';
import { makeFileEntry, makeFolderEntry, type TarEntry } from '../../image/tar.ts';
import { stripSections } from './elf.ts';
import { findFirstFile } from './first-file.ts';
import { getLibraries } from './libraries.ts';
import { listZoneEntries, ZONE_RELEASE_FILES } from './zone-files.ts';

export const NODE_USER = { id: 1000, name: 'node', home: '/home/node' } as const;
export const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A file of this machine and where it goes in the image. */
export interface HostFile {
  readonly source: string;
  readonly path: string;
  readonly mode: number;
}

/** Node itself has 100 MB: larger pieces than 64 KiB cost fewer turns of the loop. */
const READ_BYTES = 1024 * 1024;
export const NODE_PATH = 'usr/local/bin/node';
const CERTIFICATES_PATH = 'etc/ssl/certs/ca-certificates.crt';
/** Debian and Alpine, Fedora, openSUSE. */
const CERTIFICATE_SOURCES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
];
const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
${NODE_USER.name}:x:${NODE_USER.id}:${NODE_USER.id}::${NODE_USER.home}:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
`;
const GROUP = `root:x:0:
${NODE_USER.name}:x:${NODE_USER.id}:
nogroup:x:65534:
`;
const NSSWITCH = 'passwd: files\ngroup: files\nhosts: files dns\n';

/** Throws NOT_SUPPORTED where this Node cannot live outside its machine. */
export async function listHostFiles(cacheDir: string): Promise<readonly HostFile[]> {
  checkNodeIsWhole();
  const node = await realpath(process.execPath);
  const libraries = await getLibraries(node, cacheDir);
  const certificates = await findFirstFile(CERTIFICATE_SOURCES);
  const zoneRelease = await findFirstFile(ZONE_RELEASE_FILES);
  return [
    { source: node, path: NODE_PATH, mode: 0o755 },
    ...libraries,
    ...(certificates ? [{ source: certificates, path: CERTIFICATES_PATH, mode: 0o644 }] : []),
    ...(zoneRelease ? [{ source: zoneRelease, path: zoneRelease.slice(1), mode: 0o644 }] : []),
  ];
}

export async function makeHostEntries(
  files: readonly HostFile[],
  isStripped: boolean,
): Promise<readonly TarEntry[]> {
  const listed = new Set(files.map(({ path }) => path));
  const entries = [
    makeFileEntry('etc/passwd', PASSWD),
    makeFileEntry('etc/group', GROUP),
    makeFileEntry('etc/nsswitch.conf', NSSWITCH),
    makeFolderEntry('tmp', 0o1777),
    makeFolderEntry('home/node', 0o755, NODE_USER.id),
    ...['dev', 'proc', 'root', 'run', 'sys'].map((path) => makeFolderEntry(path)),
    ...(await Promise.all(files.map((file) => makeHostEntry(file, isStripped && file.path === NODE_PATH)))),
    ...(await listZoneEntries()).filter(({ path }) => !listed.has(path)),
  ];
  const present = new Set(entries.map((entry) => entry.path));
  const parents = new Set(entries.flatMap((entry) => listParents(entry.path)));
  const missing = [...parents].filter((path) => !present.has(path));
  return [...entries, ...missing.map((path) => makeFolderEntry(path))];
}

async function makeHostEntry(file: HostFile, isStripped: boolean): Promise<TarEntry> {
  const { source, path, mode } = file;
  if (isStripped) return makeFileEntry(path, stripSections(await readFile(source)), mode);
  const { size } = await stat(source);
  const open = () => createReadStream(source, { highWaterMark: READ_BYTES });
  return { path, type: 'file', mode, sizeBytes: size, open };
}

/** Distributions build Node in parts that lie about the machine; those cannot be told from outside. */
function checkNodeIsWhole(): void {
  const variables = process.config.variables as { node_shared?: boolean | string };
  const isShared = String(variables.node_shared) === 'true';
  if (process.platform === 'linux' && !isShared) return;
  const why = isShared ? 'is built as a shared library' : `runs on ${process.platform}`;
  throw new FactoryError(
    'NOT_SUPPORTED',
    `base "host" needs a self-contained Node on Linux; this one ${why}`,
    {
      hint: 'Use --base node:22-slim, or a Node from nodejs.org.',
    },
  );
}

function listParents(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
