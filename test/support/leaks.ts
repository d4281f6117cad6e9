// Finds what is left behind of everything that worked below a folder: processes, mounts, loop devices.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Leaks {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
}

/** Everything of this machine that still names `folder`. */
export function findLeaks(folder: string): Leaks {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
  return { processes: findProcesses(folder), mounts, loopDevices: findLoopDevices(folder) };
}

function findProcesses(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const words = readOrEmpty(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      const cwd = readOrEmpty(() => readlinkSync(`/proc/${pid}/cwd`));
      return words.includes(folder) || cwd.includes(folder) ? [`${pid} ${words || cwd}`] : [];
    });
}

function findLoopDevices(folder: string): readonly string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .flatMap((name) => {
      const file = readOrEmpty(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8')).trim();
      return file.includes(folder) ? [`${name} ${file}`] : [];
    });
}

/** Processes and devices come and go while we look. */
function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
