// db-artifact inspect: what an image says it makes.
import { Command } from 'commander';
import type { Artifact } from '../artifact/artifact.ts';
import { formatDuration } from '../artifact/duration.ts';
import { FactoryError } from '../errors.ts';
import type { Referrer } from '../image/referrer.ts';
import { DEFAULT_IMAGE, getArtifact, isInsideImage } from './artifacts.ts';
import type { CommandContext } from './context.ts';
import { addRegistryOptions, makeStoreContext, type RegistryOptions } from './registries.ts';
import { formatFacts } from './table.ts';

interface InspectOptions extends RegistryOptions {
  readonly sbom?: boolean | undefined;
}

export function makeInspectCommand(context: CommandContext): Command {
  const command = new Command('inspect')
    .description('Show what an artifact is made from and what it makes.')
    .argument('[image]', 'the image: a name, oci:FOLDER, FILE.tar, docker:NAME, HOST/REPOSITORY:TAG')
    .option('--sbom', 'print the bill of materials (CycloneDX) that is attached to the image');
  return addRegistryOptions(command).action(async (image: string | undefined, options: InspectOptions) => {
    const output = context.openOutput(command);
    const { artifact, digest, labels } = await getArtifact(context, image, options);
    const sbom = await findSbom(context, image, options, digest);
    if (options.sbom) {
      output.printText(await readSbom(sbom));
      return;
    }
    await output.print({
      document: {
        image: image ?? DEFAULT_IMAGE,
        digest: digest ?? null,
        artifact,
        labels,
        sbom: sbom?.descriptor.digest ?? null,
      },
      text: formatArtifactFacts(image ?? DEFAULT_IMAGE, artifact, digest, sbom),
      brief: digest ?? '',
    });
  });
}

/** Inside a container the image itself is out of reach. */
async function findSbom(
  context: CommandContext,
  image: string | undefined,
  options: RegistryOptions,
  digest: string | undefined,
): Promise<Referrer | undefined> {
  if (digest === undefined || (image === undefined && isInsideImage(context.env))) return undefined;
  const { findReferrers } = await import('../image/find-image.ts');
  const { SBOM_TYPE } = await import('../build/sbom.ts');
  const found = await findReferrers(image ?? DEFAULT_IMAGE, makeStoreContext(context, options), digest);
  return found.find(({ descriptor }) => descriptor.artifactType === SBOM_TYPE);
}

async function readSbom(sbom: Referrer | undefined): Promise<string> {
  const document = sbom?.blobs.at(-1);
  if (document === undefined) {
    throw new FactoryError('NOT_FOUND', 'no bill of materials is attached to the image', {
      hint: 'An engine and an archive hold none: ask the registry or the image store that it was built into.',
    });
  }
  const { readBlob } = await import('../image/digest.ts');
  return (await readBlob(document)).toString();
}

function formatArtifactFacts(
  image: string,
  artifact: Artifact,
  digest: string | undefined,
  sbom: Referrer | undefined,
): string {
  const { spec, discovered } = artifact;
  const { ttlSeconds } = spec.lifetime;
  return formatFacts({
    image,
    digest,
    sbom: sbom && `CycloneDX ${sbom.descriptor.digest} (show it with --sbom)`,
    title: spec.image.title,
    description: spec.image.description,
    source: spec.source.arn ?? spec.source.clusterId,
    engine: `${discovered.engine} ${discovered.engineVersion}`,
    modes: artifact.modes.join(', '),
    'instance class': pick(spec.target.instanceClass, discovered.instanceClass),
    readers: String(spec.hardware.readers),
    port: String(pick(spec.network.port, discovered.port)),
    subnets: [
      pick(
        spec.target.subnetIds,
        discovered.subnets.map(({ id }) => id),
      ),
    ]
      .flat()
      .join(', '),
    allowed: spec.network.securityGroupIds === 'own' ? spec.network.allowedCidrs.join(', ') : undefined,
    masking: spec.masking.sqlPath ?? spec.masking.policyPath,
    schema: spec.schema.liquibaseChangelogPath ?? spec.schema.schemaSqlPath,
    lifetime: ttlSeconds === 'none' ? 'for ever' : formatDuration(ttlSeconds),
    contact: spec.publisher.contact,
    'built by': `database-artifact-factory ${artifact.toolVersion}`,
  });
}

function pick<T>(asked: 'source' | T, discovered: T): T {
  return asked === 'source' ? discovered : asked;
}
