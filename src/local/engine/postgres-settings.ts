// The server settings of local databases, in one place, each with its reason. Everything else is PostgreSQL's default.
import type { ServerPlace } from './engine.ts';

type Settings = Readonly<Record<string, string>>;

/** For every server. */
const COMMON: Settings = {
  huge_pages: 'off', // asking for them costs time and laptops have none
  shared_buffers: '128MB', // a larger one takes longer to start
  wal_buffers: '256kB', // less memory to touch at start
  max_files_per_process: '200', // the server counts its files one by one at start
  password_encryption: 'scram-sha-256',
  timezone: 'UTC', // as on RDS
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
  lc_messages: 'C', // events quote the log
  wal_compression: 'off',
  max_wal_senders: '18', // 15 readers as on Aurora, and those that just ended
  max_replication_slots: '18',
};

/** Fewer processes and less memory with the I/O that came with version 18. */
const SINCE_18: Settings = { io_method: 'sync', io_max_concurrency: '4' };

/** Copies can be made again, and many of them idle on one machine. */
const DISPOSABLE: Settings = {
  shared_buffers: '64MB', // 1.3 MB less to touch at start than for 128 MB, a tenth of the time
  fsync: 'off', // every clone would wait for the disk eight times while it starts
  bgwriter_lru_maxpages: '0', // no wake-ups while nobody works
  wal_writer_delay: '10s',
  autovacuum_naptime: '10min',
  max_pred_locks_per_transaction: '10', // less shared memory to touch at start
  max_logical_replication_workers: '0', // one process less
};

/** The content of postgresql.conf. */
export function formatSettings(majorVersion: string, place: ServerPlace): string {
  const settings: Settings = {
    ...COMMON,
    ...(Number(majorVersion) >= 18 ? SINCE_18 : {}),
    ...(place.isDurable ? {} : DISPOSABLE),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
}
