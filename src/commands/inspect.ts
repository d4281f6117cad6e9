// db-artifact inspect: what an image says it makes.
import { Command } from 'commander';
import type { Artifact } from '../artifact/artifact.ts';
import { formatDuration } from '../artifact/duration.ts';
import { DEFAULT_IMAGE, getArtifact } from './artifacts.ts';
import type { CommandContext } from './context.ts';
import { addRegistryOptions, type RegistryOptions } from './registries.ts';
import { formatFacts } from './table.ts';

export function makeInspectCommand(context: CommandContext): Command {
  const command = new Command('inspect')
    .description('Show what an artifact is made from and what it makes.')
    .argument('[image]', 'the image: a name, oci:FOLDER, FILE.tar, docker:NAME, HOST/REPOSITORY:TAG');
  return addRegistryOptions(command).action(async (image: string | undefined, options: RegistryOptions) => {
    const output = context.openOutput(command);
    const { artifact, digest } = await getArtifact(context, image, options);
    await output.print({
      document: { image: image ?? DEFAULT_IMAGE, digest: digest ?? null, artifact },
      text: formatArtifactFacts(image ?? DEFAULT_IMAGE, artifact, digest),
      brief: digest ?? '',
    });
  });
}

function formatArtifactFacts(image: string, artifact: Artifact, digest: string | undefined): string {
  const { spec, discovered } = artifact;
  const { ttlSeconds } = spec.lifetime;
  return formatFacts({
    image,
    digest,
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
