// db-artifact local logs: the end of the log of the local server or of one of its clusters.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { FactoryError, wrapError } from '../../errors.ts';
import type { CommandContext } from '../context.ts';
import { parsing } from '../options.ts';

interface LogsOptions {
  readonly lines: number;
}

const MOST_BYTES = 1024 * 1024;
const DEFAULT_LINES = 100;

const parseLines = parsing((text) => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error('it must be a number from 1.');
});

export function makeLocalLogsCommand(context: CommandContext): Command {
  const command = new Command('logs')
    .description('Print the end of the log of the local RDS, or of one cluster of it.')
    .argument('[cluster]', 'the cluster')
    .option('-n, --lines <count>', 'how many lines', parseLines, DEFAULT_LINES);
  return command.action(async (cluster: string | undefined, { lines }: LogsOptions) => {
    const output = context.openOutput(command);
    const text = await readEnd(getLogPath(context.folders.localDir, cluster), cluster);
    output.printText(text.trimEnd().split('\n').slice(-lines).join('\n'));
  });
}

function getLogPath(localDir: string, cluster: string | undefined): string {
  if (cluster === undefined) return join(localDir, 'server.log');
  if (/^[a-z][a-z0-9-]*$/i.test(cluster)) return join(localDir, 'logs', `${cluster.toLowerCase()}.log`);
  throw new FactoryError('BAD_INVOCATION', `a cluster cannot be named ${JSON.stringify(cluster)}`);
}

async function readEnd(path: string, cluster: string | undefined): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw wrapError(`reading ${path}`, error);
    throw new FactoryError('NOT_FOUND', `there is no log of ${cluster ?? 'the local RDS'}`, {
      hint: 'db-artifact local status lists the clusters.',
    });
  });
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    await file.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString();
  } finally {
    await file.close();
  }
}
