// Ends servers, and programs that make data directories, which nobody owns any more.
import { basename } from 'node:path';
import { findProcess, findProcesses } from '../processes.ts';
import { MARIADB_SIGNALS } from './mariadb-start.ts';
import { endProcess, watchProcess } from './stopping.ts';

/** With options that stand for servers: that of mariadb-install-db, and that of a take-over. */
const MAKERS: readonly string[] = [
  'initdb',
  'mariadb-install-db',
  '--bootstrap',
  'pg_basebackup',
  '--single',
];

/** Servers name a file below `configFolder`; everything else names something below `dataDir`. */
export async function endStrays(
  configFolder: string,
  dataDir: string,
  adopted: readonly number[],
): Promise<void> {
  const servers = await findProcesses(`=${configFolder}/`);
  const makers = (await findProcesses(`${dataDir}/`)).filter(({ command }) =>
    command.split(' ').some((word) => MAKERS.includes(basename(word))),
  );
  for (const { pid, command } of [...servers, ...makers]) {
    const record = adopted.includes(pid) ? undefined : await findProcess(pid);
    const signals = command.includes('mariadb') ? MARIADB_SIGNALS : undefined;
    if (record) await endProcess(record, watchProcess(record), signals);
  }
}
