// Ends servers, and programs that make data directories, which nobody owns any more.
import { basename } from 'node:path';
import { findProcess, findProcesses } from './processes.ts';
import { endProcess, watchProcess } from './stopping.ts';

/** Servers name a file below `configFolder`; everything else names something below `dataDir`. */
export async function endStrays(
  configFolder: string,
  dataDir: string,
  adopted: readonly number[],
): Promise<void> {
  const servers = await findProcesses(`=${configFolder}/`);
  const makers = (await findProcesses(`${dataDir}/`)).filter(({ command }) =>
    command.split(' ').some((word) => basename(word) === 'initdb'),
  );
  for (const { pid } of [...servers, ...makers]) {
    const record = adopted.includes(pid) ? undefined : await findProcess(pid);
    if (record) await endProcess(record, watchProcess(record));
  }
}
