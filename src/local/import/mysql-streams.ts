// Reads the rows of a MySQL source in several streams that see one and the same instant: a lock on everything is held
// for as long as they take to begin. https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html#option_mysqldump_single-transaction
import { runPiped } from '../../run.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { countBytes, formatBytes } from './byte-counts.ts';
import type { MysqlClients } from './client-programs.ts';
import type { ImportJob } from './job.ts';
import type { LoadingServer } from './loading.ts';
import type { MysqlTable } from './mysql-facts.ts';
import { loadText } from './mysql-load.ts';
import { nameTable, shareOut } from './mysql-selection.ts';
import { describeEnd } from './program-end.ts';

export interface MysqlDump extends MysqlClients {
  readonly databases: readonly string[];
  /** Of all tables and views. */
  readonly names: readonly string[];
  /** Writes an option file that also leaves tables out; returns its path. */
  writeOptions(name: string, ignored: readonly string[]): Promise<string>;
}

const LOCK_TIMEOUT_S = 20;
const BEGIN_TIMEOUT_MS = 60_000;

/** Options of every dump; --hex-blob keeps bytes apart from character sets. */
export function listDumpArguments(
  { dumpOptions, databases }: MysqlDump,
  optionFile: string,
  more: readonly string[],
): string[] {
  return [
    `--defaults-file=${optionFile}`,
    ...['--single-transaction', '--quick', '--hex-blob', '--no-tablespaces', '--max-allowed-packet=1G'],
    ...['--default-character-set=utf8mb4', ...dumpOptions, ...more, '--databases', ...databases],
  ];
}

/** True: everything is locked until the connection says UNLOCK TABLES. Not everybody may, and nobody may for long. */
export async function lockTables(sql: SqlConnection): Promise<boolean> {
  try {
    await sql.query(`SET SESSION lock_wait_timeout = ${LOCK_TIMEOUT_S}`);
    await sql.query('FLUSH TABLES WITH READ LOCK');
    return true;
  } catch {
    return false;
  }
}

/** Resolves when all rows have arrived; calls `onBegun` when every stream sees its instant. */
export async function streamRows(
  job: ImportJob,
  server: LoadingServer,
  source: MysqlDump & { readonly tables: readonly MysqlTable[]; readonly streams: number },
  { onBegun, report }: { readonly onBegun: () => Promise<void>; readonly report: (detail: string) => void },
): Promise<void> {
  const shares = shareOut(source.tables, source.streams);
  let bytes = 0;
  let begun = 0;
  const count = (more: number) => {
    bytes += more;
    report(`${begun} of ${source.tables.length} tables, ${formatBytes(bytes)}`);
  };
  const streams = shares.map((share, index) => {
    const isMine = new Set(share.map(nameTable));
    const ignored = source.names.filter((name) => !isMine.has(name));
    return openStream(job, server, source, {
      name: `stream-${index}`,
      ignored,
      count,
      onTable: () => begun++,
    });
  });
  const ended = Promise.all(streams.map((stream) => stream.ended));
  ended.catch(() => {});
  await Promise.race([Promise.all(streams.map((stream) => stream.begun)), ended, expire(BEGIN_TIMEOUT_MS)]);
  await onBegun();
  await ended;
}

interface Stream {
  readonly name: string;
  readonly ignored: readonly string[];
  readonly count: (bytes: number) => void;
  readonly onTable: () => void;
}

/** `begun` resolves when the stream's transaction has begun, which the program says before its first table. */
function openStream(
  job: ImportJob,
  server: LoadingServer,
  source: MysqlDump,
  { name, ignored, count, onTable }: Stream,
): { readonly begun: Promise<void>; readonly ended: Promise<void> } {
  let setBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    setBegun = resolve;
  });
  const run = async () => {
    const text = countBytes(count); // whichever program ends early, the other one notices
    const optionFile = await source.writeOptions(name, ignored);
    const more = ['--no-create-db', '--no-create-info', '--skip-triggers', '--verbose'];
    const [dumped, loaded] = await Promise.allSettled([
      runPiped(source.dump, listDumpArguments(source, optionFile, more), {
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        signal: job.signal,
        output: text,
        onLine(line) {
          if (/Retrieving table structure/.test(line)) setBegun();
          if (/Retrieving rows/.test(line)) onTable();
        },
      }),
      loadText(job, source.client, server, text),
    ]);
    if (dumped.status === 'fulfilled' && dumped.value.status !== 0 && loaded.status === 'fulfilled') {
      throw describeEnd('mariadb-dump', dumped.value.stderr);
    }
    if (loaded.status === 'rejected') throw loaded.reason;
    if (dumped.status === 'rejected') throw dumped.reason;
  };
  return { begun, ended: run() };
}

async function expire(timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
}
