// db-artifact push: an image, from wherever it is, to a registry or another store.
import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { addRegistryOptions, makeStoreContext, type RegistryOptions } from './registries.ts';
import { formatBytes, formatFacts } from './table.ts';

export function makePushCommand(context: CommandContext): Command {
  const command = new Command('push')
    .description('Copy an image to a registry, or to any other place of images. Its digest stays.')
    .argument('<image>', 'the image: a name, oci:FOLDER, FILE.tar, docker:NAME, HOST/REPOSITORY:TAG')
    .argument('<reference>', 'HOST/REPOSITORY:TAG, oci:FOLDER, FILE.tar or docker:NAME');
  return addRegistryOptions(command).action(
    async (image: string, reference: string, options: RegistryOptions) => {
      const output = context.openOutput(command);
      const { copyImage } = await import('../image/copy-image.ts');
      const stores = makeStoreContext(context, options);
      const { digest, writtenBytes } = await copyImage(image, reference, stores, output.progress);
      await output.print({
        document: { image, reference, digest, writtenBytes },
        text: formatFacts({ image, written: reference, digest, sent: formatBytes(writtenBytes) }),
        brief: digest,
      });
    },
  );
}
