// Processes of one local RDS, told by its own folder in their command line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Main processes of database servers, each named by the configuration that it was started with. */
export function listEngines(localDir: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readCommand(pid).includes(`=${join(localDir, 'config')}/`));
}

export function readServicePid(localDir: string): number {
  const { pid } = JSON.parse(readFileSync(join(localDir, 'server.json'), 'utf8')) as { pid: number };
  return pid;
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
