// MariaDB clusters on every storage driver, asked for as actions ask: by records. Clones of a busy source must each
// hold one instant of it; clones of a calm or stopped one hold everything, and share one golden.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSystemMariadb } from '../../src/local/engine/mariadb-programs.ts';
import { findProcesses } from '../../src/local/processes.ts';
import type { ClusterRecord } from '../../src/local/records.ts';
import type { DriverName } from '../../src/local/storage/driver.ts';
import {
  type FileSystemKind,
  findFileSystemObstacle,
  makeFileSystem,
  type TestFileSystem,
} from '../support/file-systems.ts';
import {
  type LocalDatabases,
  openLocalDatabases,
  PASSWORD,
  putClone,
  putCluster,
  putInstance,
  putOpenGroup,
  setClusterStatus,
  setInstanceStatus,
  waitForCluster,
  waitForInstance,
} from '../support/local-cluster.ts';
import { queryMysqlAs } from '../support/mysql-login.ts';
import { SUMS, startMysqlWriters, TABLES } from '../support/mysql-writers.ts';
import { describeIfMet } from '../support/needs.ts';
import { waitFor } from '../support/wait.ts';

const VARIANTS: readonly { driver: DriverName; on: FileSystemKind }[] = [
  { driver: 'overlay', on: 'xfs' },
  { driver: 'snapshot', on: 'btrfs' },
  { driver: 'reflink', on: 'xfs' },
  { driver: 'copy', on: 'ext4' },
];
const GIB = 1 << 30;
/** Apart from those of other tests, which may run at the same time. */
const PORTS = { first: 56_000, last: 56_200 };
const hasMariadb = (await findSystemMariadb()).length > 0;

for (const { driver, on } of VARIANTS) {
  const obstacle = hasMariadb ? await findFileSystemObstacle(on) : 'MariaDB is not installed';
  describeIfMet(hasMariadb ? on : 'mariadb', obstacle)(`MariaDB with the driver ${driver} on ${on}`, () => {
    let fileSystem: TestFileSystem;
    let local: LocalDatabases;
    let source: ClusterRecord;

    beforeAll(async () => {
      fileSystem = await makeFileSystem(on, 4 * GIB);
      const dataDir = join(fileSystem.folder, 'data');
      await mkdir(dataDir, { mode: 0o711 });
      local = await openLocalDatabases(dataDir, { driver, portRange: PORTS });
      await putOpenGroup(local);
      source = await putCluster(local, 'source', {
        engine: 'aurora-mysql',
        engineVersion: String(findMariadb()?.version),
        pendingVerifier: await local.databases.hashPassword('aurora-mysql', PASSWORD),
        clusterParameterGroup: 'default.aurora-mysql10.11',
      });
      await makeServed(source.id);
      for (const statement of TABLES) await queryMysqlAs(source, statement);
    });

    afterAll(async () => {
      await local?.[Symbol.asyncDispose]();
      expect(await findProcesses(fileSystem.folder)).toEqual([]);
      await fileSystem[Symbol.asyncDispose]();
    });

    const findMariadb = () => local.databases.engineVersions.find(({ engine }) => engine === 'aurora-mysql');

    async function makeServed(id: string): Promise<void> {
      await waitForCluster(local, id, 'available');
      await putInstance(local, id);
      await waitForInstance(local, `${id}-1`, 'available');
    }

    async function makeClone(id: string): Promise<ClusterRecord> {
      const clone = await putClone(local, id, source, { engine: 'aurora-mysql' });
      await makeServed(id);
      return clone;
    }

    async function remove(id: string): Promise<void> {
      await setInstanceStatus(local, `${id}-1`, 'deleting');
      await waitForInstance(local, `${id}-1`, undefined);
      await setClusterStatus(local, id, 'deleting');
      await waitForCluster(local, id, undefined);
    }

    const findGolden = async () => {
      const { clusters } = await local.databases.describe();
      return clusters.find(({ id }) => id === source.id)?.goldenId;
    };

    test('clones of a busy source are each of one instant, and the source goes on', async () => {
      await using writers = startMysqlWriters(source.port, 2);
      for (const id of ['busy0', 'busy1', 'busy2']) {
        await writers.waitForMore(20);
        const [sums] = await queryMysqlAs(await makeClone(id), SUMS);
        expect(sums?.['debits']).toBe(sums?.['credits']);
        expect(Number(sums?.['transactions'])).toBeGreaterThan(0);
        await remove(id);
      }
      const written = await writers.stop();
      expect(await queryMysqlAs(source, SUMS)).toEqual([expect.objectContaining({ transactions: written })]);
    });

    test('clones of a calm source hold everything and are apart from it', async () => {
      const wanted = await queryMysqlAs(source, SUMS);
      const goldens: unknown[] = [];
      const hasGoldens = driver !== 'reflink' && driver !== 'copy';
      // A server that was written to goes on for a while by itself: it purges and counts.
      const isShared = async (): Promise<boolean> => {
        const clone = await makeClone(`calm${goldens.length}`);
        expect(await queryMysqlAs(clone, SUMS)).toEqual(wanted);
        await queryMysqlAs(clone, 'DELETE FROM debits');
        goldens.push(await findGolden());
        return goldens.length > 1 && (!hasGoldens || goldens.at(-1) === goldens.at(-2));
      };
      await waitFor('two clones share a golden', isShared, 90_000);
      expect(await queryMysqlAs(source, SUMS)).toEqual(wanted);
    });

    test('a view and an account made since the last clone are in the next one', async () => {
      await queryMysqlAs(source, 'CREATE VIEW seen AS SELECT 7 AS n');
      await queryMysqlAs(source, "CREATE USER reader IDENTIFIED BY 'reads'");
      await queryMysqlAs(source, 'GRANT SELECT ON shop.* TO reader');
      const { port } = await makeClone('viewed');
      expect(await queryMysqlAs({ port, user: 'reader', password: 'reads' }, 'SELECT n FROM seen')).toEqual([
        { n: 7 },
      ]);
    });

    test('a source that was stopped and started can be cloned again, with everything', async () => {
      const wanted = await queryMysqlAs(source, SUMS);
      await local.reopen();
      await waitForInstance(local, 'source-1', 'available');
      expect(await queryMysqlAs(await makeClone('reopened'), SUMS)).toEqual(wanted);
    });
  });
}
