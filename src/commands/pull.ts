// db-artifact pull: an image from a registry, or from elsewhere, into the image store of this machine.
import { Command } from 'commander';
import { FactoryError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import { addRegistryOptions, makeStoreContext, type RegistryOptions } from './registries.ts';
import { formatBytes, formatFacts } from './table.ts';

interface PullOptions extends RegistryOptions {
  readonly tag?: string | undefined;
}

export function makePullCommand(context: CommandContext): Command {
  const command = new Command('pull')
    .description('Copy an image from a registry to this machine. Its digest stays.')
    .argument(
      '<reference>',
      'HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST; also oci:FOLDER, FILE.tar, docker:NAME',
    )
    .option('-t, --tag <name>', 'its name here (default: the last part of its name there)');
  return addRegistryOptions(command).action(async (reference: string, options: PullOptions) => {
    const output = context.openOutput(command);
    const { copyImage } = await import('../image/copy-image.ts');
    const name = options.tag ?? (await getLocalName(reference));
    const stores = makeStoreContext(context, options);
    const { digest, writtenBytes } = await copyImage(reference, name, stores, output.progress);
    await output.print({
      document: { reference, name, digest, writtenBytes },
      text: formatFacts({ image: name, from: reference, digest, received: formatBytes(writtenBytes) }),
      brief: name,
    });
  });
}

/** `HOST/team/orders:1` is `orders:1` here. */
async function getLocalName(reference: string): Promise<string> {
  if (/^(oci|archive):|\.tar$/.test(reference)) {
    throw new FactoryError('BAD_INVOCATION', `${reference} does not say what the image is called here`, {
      hint: 'Give it a name with --tag NAME.',
    });
  }
  const { parseReference } = await import('../image/reference.ts');
  const { repository, tag } = parseReference(reference.replace(/^docker:/, ''));
  return `${repository.split('/').at(-1)}:${tag ?? 'latest'}`;
}
