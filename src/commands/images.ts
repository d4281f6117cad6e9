// db-artifact images: the artifacts in the image store of this machine.
import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { formatBytes, formatTable } from './table.ts';

export function makeImagesCommand(context: CommandContext): Command {
  const command = new Command('images').description('List the artifacts on this machine.');
  return command.action(async () => {
    const output = context.openOutput(command);
    const { makeLocalStore } = await import('../image/stores.ts');
    const images = await makeLocalStore(context.folders).listImages();
    const items = images.map(({ name, digest, sizeBytes, created, labels }) => ({
      name,
      digest,
      sizeBytes,
      createdAt: created ?? null,
      source: labels['io.db-artifact.source'] ?? null,
      engine: labels['io.db-artifact.engine'] ?? null,
    }));
    const rows = items.map(({ name, digest, sizeBytes, source, engine }) => [
      name,
      digest.replace(/^sha256:/, '').slice(0, 12),
      formatBytes(sizeBytes),
      source ?? '-',
      engine ?? '-',
    ]);
    await output.print({
      document: { items },
      text:
        rows.length === 0
          ? 'There are no images. Build one with: db-artifact build FILE.ini'
          : formatTable(['name', 'digest', 'size', 'source', 'engine'], rows),
      brief: items.map(({ name }) => name).join('\n'),
    });
  });
}
