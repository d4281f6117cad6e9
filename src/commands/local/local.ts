// db-artifact local: the RDS-compatible server of this machine.
import { Command } from 'commander';
import { FactoryError } from '../../errors.ts';
import type { CommandContext } from '../context.ts';
import { makeLocalDownCommand } from './down.ts';
import { makeLocalEnvCommand } from './env.ts';
import { makeLocalImportCommand } from './import.ts';
import { makeLocalLogsCommand } from './logs.ts';
import { makeLocalPoolCommand } from './pool.ts';
import { makeLocalRemoveCommand } from './remove.ts';
import { makeLocalSnapshotCommand } from './snapshot.ts';
import { makeLocalStatusCommand } from './status.ts';
import { makeLocalUpCommand } from './up.ts';
import { makeLocalWarmCommand } from './warm.ts';

export function makeLocalCommand(context: CommandContext): Command {
  const command = new Command('local').description('Run an RDS-compatible server on this machine.');
  for (const make of [
    ...[makeLocalUpCommand, makeLocalDownCommand, makeLocalStatusCommand],
    ...[makeLocalEnvCommand, makeLocalLogsCommand, makeLocalSnapshotCommand],
    ...[makeLocalWarmCommand, makeLocalPoolCommand],
    ...[makeLocalImportCommand, makeLocalRemoveCommand],
  ]) {
    command.addCommand(make(context));
  }
  return command.hook('preAction', () => checkPlatform(context.platform));
}

/** Everything else works on Windows: images, and copies on AWS. */
function checkPlatform(platform: NodeJS.Platform): void {
  if (platform !== 'win32') return;
  throw new FactoryError('NOT_SUPPORTED', 'the local RDS needs Linux or macOS, and this is Windows', {
    hint: 'Run it in WSL 2 (wsl --install), with Node and this program installed there; what converges on AWS needs no local RDS.',
  });
}
