// The server settings of local databases, in one place, each with its reason. Everything else is MariaDB's default.
// Gains are medians of spawn to first answer on a machine with two cores; MariaDB's defaults take 97 ms.
import type { ServerPlace } from './engine.ts';

type Settings = Readonly<Record<string, string>>;

/** For every server. */
const COMMON: Settings = {
  // Nobody gets in over TCP until access rules say so; see mariadb-access.ts.
  require_secure_transport: 'ON',
  skip_ssl: '1', // on loopback; newer versions would make certificates of their own
  skip_name_resolve: 'ON', // accounts of `localhost` are for the unix socket alone
  symbolic_links: 'OFF',
  local_infile: 'OFF', // as on RDS
  character_set_server: 'utf8mb4', // Aurora MySQL's own
  collation_server: 'utf8mb4_general_ci',
  default_time_zone: '+00:00', // as on RDS
  max_connections: '100',
  innodb_buffer_pool_dump_at_shutdown: 'OFF', // a fork would begin by reading what its source used
  innodb_buffer_pool_load_at_startup: 'OFF', // both together 12 ms
  aria_pagecache_buffer_size: '8M', // for system tables; with the next one 13 ms and 30 MB less
  key_buffer_size: '1M', // MyISAM
  innodb_log_buffer_size: '2M', // 14 MB less to touch
  innodb_log_file_size: '48M', // bounds the recovery of a fork that was made under writes
  innodb_use_native_aio: 'OFF', // a server that is held for a copy has no write under way; no loss measured
  slow_query_log: 'OFF',
};

/** Copies can be made again, and many of them idle on one machine. */
const DISPOSABLE: Settings = {
  innodb_flush_log_at_trx_commit: '2', // a commit reaches the system, not the disk
  innodb_flush_method: 'nosync', // nothing waits for the disk, also not at start
  innodb_buffer_pool_size: '32M', // of 128: 3 ms, and less memory when it fills; the system caches their files as well
};

/**
 * While an import writes gigabytes. Of the time on two cores that one took with the settings of durable servers, 40 %
 * went to the disk and to flushing too early.
 */
const LOADING: Settings = {
  innodb_flush_log_at_trx_commit: '0',
  innodb_flush_method: 'nosync',
  innodb_doublewrite: 'OFF', // of use after a power cut only
  innodb_log_file_size: '512M', // the next start makes it as large as ever
  innodb_log_buffer_size: '32M',
  innodb_buffer_pool_size: '256M',
  max_allowed_packet: '1G', // a row of the source may be large
  event_scheduler: 'OFF', // nothing runs by itself
};

/** Of readers nobody's number is that of the writer, or one would take its changes for its own. */
const WRITER_ID = '1';

/** A server that others follow. What the master user may do is the same as without. */
function listFollowedSettings({ isDurable }: ServerPlace): Settings {
  return {
    log_bin: 'binlog',
    server_id: WRITER_ID,
    binlog_format: 'ROW', // the same on both sides, whatever the statement
    log_bin_trust_function_creators: 'ON', // or CREATE FUNCTION needs SUPER
    sync_binlog: isDurable ? '1' : '0', // a transaction that is not in it is undone after a power cut
    max_binlog_size: '64M',
    binlog_expire_logs_seconds: '600', // whoever was away for longer is made anew
  };
}

/** A server that follows: ports are above the writer's number. */
function listFollowingSettings({ port }: ServerPlace): Settings {
  return {
    server_id: String(port),
    read_only: 'ON',
    relay_log: 'relay',
    relay_log_recovery: 'ON',
    max_relay_log_size: '64M',
    skip_slave_start: 'ON', // it has to be told first where its writer is
    event_scheduler: 'OFF', // what events change comes from the writer
  };
}

/** The content of the option file. */
export function formatMariadbSettings(place: ServerPlace, own: Settings): string {
  const settings: Settings = {
    ...COMMON,
    ...(place.isDurable ? {} : DISPOSABLE),
    ...(place.isLoading ? LOADING : {}),
    ...(place.isFollowed ? listFollowedSettings(place) : {}),
    ...(place.follows ? listFollowingSettings(place) : {}),
    ...own,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = "${value}"\n`);
  return `[mariadbd]\n${lines.join('')}`;
}
