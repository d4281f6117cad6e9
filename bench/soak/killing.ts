// Kills what belongs to the run, without a warning: the service, one engine, all engines, or everything; then starts the
// service again.
import { listEngines, readServicePid } from '../support/processes.ts';
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
