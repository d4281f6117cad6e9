// What the local RDS has at one moment: processes, mounts, files and memory; compared, two moments show what leaked.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listEngines, readServicePid } from './processes.ts';

export interface Footprint {
  readonly engines: number;
  readonly mounts: number;
  /** Folder to names. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** One for each golden is as it should be. */
  readonly forksAhead: number;
  /** Open files of the service. */
  readonly descriptors: number;
  readonly serviceBytes: number;
}

const FOLDERS = ['volumes', 'config', 'logs', 'run', 'records/clusters', 'records/instances'];
/** Connections of clients that were busy a moment ago. */
const SPARE_DESCRIPTORS = 40;
const SPARE_BYTES = 150e6;

export function readFootprint(localDir: string): Footprint {
  const servicePid = readServicePid(localDir);
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const status = readFileSync(`/proc/${servicePid}/status`, 'utf8');
  return {
    engines: listEngines(localDir).length,
    mounts: mounts.filter((line) => line.includes(`${localDir}/`) && !line.includes('/ahead-')).length,
    files: Object.fromEntries(FOLDERS.map((folder) => [folder, listNames(join(localDir, folder))])),
    forksAhead: readdirSync(join(localDir, 'volumes')).filter(isAhead).length,
    descriptors: readdirSync(`/proc/${servicePid}/fd`).length,
    serviceBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024,
  };
}

/** The fork of the next clone comes and goes by itself. */
function isAhead(name: string): boolean {
  return name.startsWith('ahead-');
}

function listNames(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !isAhead(name));
}

/** Sentences on what there is more of than before. */
export function findGrowth(before: Footprint, after: Footprint): readonly string[] {
  const folders = FOLDERS.flatMap((folder) => {
    const [old = [], now = []] = [before.files[folder], after.files[folder]];
    const added = now.filter((name) => !old.includes(name));
    return now.length > old.length ? [`${folder} holds ${added.join(', ')} more`] : [];
  });
  const counts = (['engines', 'mounts'] as const).flatMap((what) =>
    after[what] > before[what] ? [`${after[what]} ${what}, ${before[what]} before`] : [],
  );
  const descriptors = after.descriptors - before.descriptors;
  const bytes = after.serviceBytes - before.serviceBytes;
  const goldens = after.files['volumes']?.filter((name) => name.startsWith('golden-')).length ?? 0;
  return [
    ...folders,
    ...(after.forksAhead > goldens ? [`${after.forksAhead} forks ahead of ${goldens} goldens`] : []),
    ...counts,
    ...(descriptors > SPARE_DESCRIPTORS ? [`the service has ${descriptors} more open files`] : []),
    ...(bytes > SPARE_BYTES ? [`the service has ${Math.round(bytes / 1e6)} MB more memory`] : []),
  ];
}
