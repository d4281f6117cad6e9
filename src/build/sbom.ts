// The bill of materials of an artifact's image, in CycloneDX: what an auditor asks of an image before it may run.
// The same image always gives the same document: no serial number, and the image's own time.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Artifact } from '../artifact/artifact.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { describeImage as describeManifest } from '../image/make-image.ts';
import { makeReferrer, type Referrer } from '../image/referrer.ts';
import type { Base } from './bases.ts';
import type { HostContents } from './host/packages.ts';

export const SBOM_TYPE = 'application/vnd.cyclonedx+json';
/** Written beside the program when that is bundled: every package whose code is in it. */
const PACKAGES_FILE = 'packages.json';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license?: string | undefined;
}

export interface SbomParts {
  readonly image: Image;
  readonly base: Base;
  readonly artifact: Artifact;
  readonly created: string;
  readonly packages: readonly BundledPackage[];
}

type CycloneDx = typeof import('./cyclonedx.ts');

/** None where the program does not come from a bundle of this tool. */
export async function readPackages(programPath: string): Promise<readonly BundledPackage[]> {
  const path = join(dirname(programPath), PACKAGES_FILE);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as readonly BundledPackage[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FactoryError('OPERATION_FAILED', `cannot read ${path}: ${getMessage(error)}`, { cause: error });
  }
}

/** Takes a while, in which other work may wait for files. */
export async function loadSbomWriter(): Promise<CycloneDx> {
  return await import('./cyclonedx.ts');
}

/** The document, attached to the image. */
export function makeSbom(parts: SbomParts, cycloneDx: CycloneDx): Referrer {
  const { Models, Serialize, Spec } = cycloneDx;
  const bom = new Models.Bom();
  bom.metadata.timestamp = new Date(parts.created);
  bom.metadata.component = describeImage(cycloneDx, parts);
  const components = [
    describeProgram(cycloneDx, parts.artifact),
    describeBase(cycloneDx, parts.base),
    ...describeHost(cycloneDx, parts.base.hostContents),
    ...parts.packages.map((one) => describePackage(cycloneDx, one)),
  ];
  for (const component of components) bom.components.add(component);
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  const text = serializer.serialize(bom, { sortLists: true, space: 1 });
  return makeReferrer(describeManifest(parts.image), SBOM_TYPE, Buffer.from(`${text}\n`));
}

function describeImage({ Models, Enums }: CycloneDx, { artifact, image }: SbomParts) {
  const component = new Models.Component(Enums.ComponentType.Container, artifact.spec.source.clusterId, {
    bomRef: 'image',
    version: image.digest,
    description: artifact.spec.image.title,
  });
  component.hashes.set(Enums.HashAlgorithm['SHA-256'], getHash(image.digest));
  return component;
}

function describeProgram({ Models, Enums }: CycloneDx, { toolVersion: version }: Artifact) {
  const name = 'database-artifact-factory';
  return new Models.Component(Enums.ComponentType.Application, name, {
    bomRef: `pkg:npm/${name}@${version}`,
    version,
  });
}

/** Of this machine's Node.js the version is known; a pulled base is known by its digest. */
function describeBase({ Models, Enums }: CycloneDx, { image, name, hostContents }: Base) {
  const isHost = hostContents !== undefined;
  const version = isHost ? process.version.slice(1) : image.digest;
  const type = isHost ? Enums.ComponentType.Platform : Enums.ComponentType.Container;
  const component = new Models.Component(type, isHost ? 'node' : (name ?? 'base'), {
    bomRef: 'base',
    version,
    ...(isHost ? { purl: `pkg:generic/node@${version}` } : {}),
  });
  for (const [i, digest] of image.config.rootfs.diff_ids.entries()) {
    component.properties.add(new Models.Property(`io.db-artifact.layer.${i}`, digest));
  }
  return component;
}

/** Shared libraries, certificates and time zones: by package where there is one, else by the bytes. */
function describeHost({ Models, Enums }: CycloneDx, contents: HostContents | undefined) {
  const { packages = [], files = [] } = contents ?? {};
  return [
    ...packages.map(
      ({ name, version, purl }) =>
        new Models.Component(Enums.ComponentType.Library, name, { bomRef: purl, version, purl }),
    ),
    ...files.map(({ path, digest }) => {
      const component = new Models.Component(Enums.ComponentType.File, `/${path}`, { bomRef: `/${path}` });
      component.hashes.set(Enums.HashAlgorithm['SHA-256'], getHash(digest));
      return component;
    }),
  ];
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function describePackage({ Models, Enums }: CycloneDx, { name, version, license }: BundledPackage) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const component = new Models.Component(Enums.ComponentType.Library, name, { bomRef: purl, version, purl });
  if (license !== undefined) component.licenses.add(new Models.NamedLicense(license));
  return component;
}

function getHash(digest: string): string {
  return digest.slice('sha256:'.length);
}
