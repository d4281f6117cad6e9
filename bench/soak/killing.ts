// Kills what belongs to the run, without a warning: the service, one engine, all engines, or everything; then starts the
// service again. Processes are told by the run's own folder in their command line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pickOne, type World } from './world.ts';

export interface Victims {
  /** The data folder of the local RDS. */
  readonly localDir: string;
  /** Starts the service, or finds that it runs. */
  start(): Promise<void>;
}

const TARGETS = ['the service', 'one engine', 'one engine', 'all engines', 'everything'] as const;

/** Until the run is over, with pauses of between half and one and a half times the given one. */
export async function runKiller(world: World, victims: Victims, pauseMs: number): Promise<void> {
  for (;;) {
    await pauseUntilOver(world, pauseMs * (0.5 + world.random()));
    if (world.isOver()) return;
    const target = pickOne(world, TARGETS) ?? 'everything';
    world.noteKill();
    if (target !== 'the service') {
      const engines = listEngines(victims.localDir);
      const one = pickOne(world, engines);
      for (const pid of target === 'one engine' ? (one ? [one] : []) : engines) kill(pid);
    }
    if (target === 'the service' || target === 'everything') {
      kill(readServicePid(victims.localDir));
      await victims.start();
    }
    world.noteKill();
    world.count(`kills of ${target}`);
  }
}

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

export function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function pauseUntilOver(world: World, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end && !world.isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
