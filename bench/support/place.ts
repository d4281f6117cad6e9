// File systems to measure on: XFS and btrfs on sparse images behind loop devices, ext4 (or what there is) as it stands.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Place {
  readonly fileSystem: string;
  readonly folder: string;
  remove(): void;
}

export function makePlace(fileSystem: 'xfs' | 'btrfs' | 'plain', sizeBytes: number): Place {
  const root = mkdtempSync(join(tmpdir(), 'db-artifact-bench-'));
  execFileSync('chmod', ['755', root]);
  if (fileSystem === 'plain')
    return { fileSystem, folder: root, remove: () => rmSync(root, { recursive: true }) };
  const image = join(root, 'image');
  const folder = join(root, 'mount');
  writeFileSync(image, '');
  truncateSync(image, Math.ceil(sizeBytes));
  mkdirSync(folder);
  execFileSync(`mkfs.${fileSystem}`, ['-q', image]);
  const device = execFileSync('losetup', ['--find', '--show', '--direct-io=on', image], {
    encoding: 'utf8',
  }).trim();
  execFileSync('mount', [device, folder]);
  return {
    fileSystem,
    folder,
    remove() {
      execFileSync('umount', ['--recursive', folder]);
      execFileSync('losetup', ['--detach', device]);
      rmSync(root, { recursive: true });
    },
  };
}
