import { expect, test } from 'vitest';
import { formatMariadbSettings } from '../../../../src/local/engine/mariadb-settings.ts';

const PLACE = {
  ...{ dataDir: '/d', stateDir: '/d', launchPrefix: [], configDir: '/c', logFile: '/l', name: 'x', port: 1 },
  isListening: true,
};

test('a durable server flushes every commit to the disk, a disposable one does not', () => {
  const durable = formatMariadbSettings({ ...PLACE, isDurable: true }, {});
  const disposable = formatMariadbSettings({ ...PLACE, isDurable: false }, {});
  expect(durable).not.toContain('innodb_flush');
  expect(disposable).toContain('innodb_flush_log_at_trx_commit = "2"');
});

test('a server that is loaded waits for nothing, and one that is followed has a log', () => {
  const loading = formatMariadbSettings({ ...PLACE, isDurable: false, isLoading: true }, {});
  expect(loading).toContain('innodb_flush_log_at_trx_commit = "0"');
  const followed = formatMariadbSettings({ ...PLACE, isDurable: true, isFollowed: true }, {});
  expect(followed).toContain('log_bin = "binlog"\n');
  expect(followed).toContain('sync_binlog = "1"\n');
  const reader = formatMariadbSettings(
    { ...PLACE, port: 15_501, isDurable: false, follows: { name: 'r', port: 15_500 } },
    {},
  );
  expect(reader).toContain('read_only = "ON"\n');
  expect(reader).toContain('server_id = "15501"\n');
  expect(reader).not.toContain('log_bin');
});

test('nobody gets in over TCP before access is given, and the own settings win', () => {
  const text = formatMariadbSettings({ ...PLACE, isDurable: false }, { datadir: '/d', max_connections: '7' });
  expect(text).toMatch(/^\[mariadbd\]\nrequire_secure_transport = "ON"\n/);
  expect(text).toContain('max_connections = "7"\n');
  expect(text).not.toContain('max_connections = "100"');
});
