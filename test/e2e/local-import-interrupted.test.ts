import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ImportPlace, openImportPlace } from '../support/import-place.ts';
import { formatSourceUrl, openSource } from '../support/import-sources.ts';
import { findLeaks } from '../support/leaks.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { findServerProblem } from '../support/sql-servers.ts';
import { waitFor } from '../support/wait.ts';

describeIfMet('postgresql', findServerProblem('postgres'))('an import that is interrupted', () => {
  let place: ImportPlace;

  beforeAll(async () => {
    place = await openImportPlace('postgres');
  });
  afterAll(async () => await place?.[Symbol.asyncDispose]());

  /** pg_dump waits for the table, so the import stands still in the middle for as long as `work` takes. */
  async function whileStuck(cluster: string, work: () => Promise<void>): Promise<void> {
    await using source = await openSource(place.source);
    await source.query('BEGIN; LOCK TABLE sales.orders IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await source.query('ROLLBACK');
    }
    expect(await getStatus(cluster)).not.toBe('available');
  }

  const getStatus = async (id: string): Promise<string | undefined> =>
    (await place.local.listClusters()).find((cluster) => cluster.DBClusterIdentifier === id)?.Status;

  const waitUntilDumping = async (cluster: string) => {
    await waitFor(`${cluster} is migrating`, async () => (await getStatus(cluster)) === 'migrating');
    await using source = await openSource(place.source);
    await waitFor('pg_dump waits', async () => {
      const { rows } = await source.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'",
      );
      return rows.length > 0;
    });
  };
  const logical = ['--method', 'logical'];

  it('goes on when the command is killed, and the same command waits for its end', async () => {
    await whileStuck('killed', async () => {
      const { child, ended } = place.start('killed', '--from', place.url, ...logical);
      await waitUntilDumping('killed');
      child.kill('SIGKILL');
      await ended;
      const other = await place.run('killed', '--from', place.url, '--schema-only', ...logical);
      expect(other.status).toBe(7);
      expect(other.stderr).toContain('another import into killed is under way');
    });
    const { summary } = await place.importJson('killed', '--from', place.url, ...logical);
    expect(summary.rows).toBe(6110);
    await using sql = await place.connect('killed');
    expect((await sql.query('SELECT FROM sales.orders')).rowCount).toBe(5000);
  });

  it('goes on after Ctrl-C, which says so, and ends with --abort, which leaves nothing', async () => {
    await whileStuck('aborted', async () => {
      const { child, ended } = place.start('aborted', '--from', place.url, ...logical);
      await waitUntilDumping('aborted');
      child.kill('SIGINT');
      const { status, stderr } = await ended;
      expect({ status, stderr }).toMatchObject({ status: 130, stderr: expect.stringContaining('--abort') });
      expect((await place.run('aborted', '--abort')).status).toBe(0);
      await waitFor('the cluster is gone', async () => (await getStatus('aborted')) === undefined);
    });
    expect((await place.run('aborted', '--abort')).status).toBe(3);
    expect(readdirSync(join(place.folder, 'data/local/imports'))).toEqual([]);
    expect((await place.run('killed', '--abort')).stderr).toContain('there is no import to abort');
  });

  it('is undone when the source goes away', async () => {
    await whileStuck('cut', async () => {
      const { ended } = place.start('cut', '--from', place.url, ...logical);
      await waitUntilDumping('cut');
      await using source = await openSource(place.source);
      await source.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'",
      );
      const { status, stderr } = await ended;
      expect(status).toBe(1);
      expect(stderr).toMatch(/pg_dump failed: .*terminating connection/);
      expect(await getStatus('cut')).toBeUndefined();
    });
  });

  it('is undone when the local RDS is killed, and the same command starts over', async () => {
    const { pid } = JSON.parse(await place.local.run('local', 'status', '--json')) as { pid: number };
    await whileStuck('crashed', async () => {
      const { ended } = place.start('crashed', '--from', place.url, ...logical);
      await waitUntilDumping('crashed');
      process.kill(pid, 'SIGKILL');
      const { status, stderr } = await ended;
      expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('local up') });
      await place.restart();
      await waitFor('the cluster is gone', async () => (await getStatus('crashed')) === undefined);
    });
    expect(findLeaks(join(place.folder, 'data/local/imports')).processes).toEqual([]);
    expect((await place.importJson('crashed', '--from', place.url)).summary.rows).toBe(6110);
  });
});

describeIfMet('mariadb', findServerProblem('mysql') ?? findMissingProgram('mariadb-backup'))(
  'an import of the files of MariaDB that is interrupted',
  () => {
    let place: ImportPlace;

    beforeAll(async () => {
      place = await openImportPlace('mysql');
    });
    afterAll(async () => await place?.[Symbol.asyncDispose]());

    const from = (): string[] => ['--from', formatSourceUrl(place.source, ''), '--method', 'physical'];

    /** mariadb-backup waits for its lock, which another backup of the server has, for as long as `work` takes. */
    async function whileStuck(work: () => Promise<void>): Promise<void> {
      await using source = await openSource(place.source);
      await source.query('BACKUP STAGE START');
      await source.query('BACKUP STAGE BLOCK_COMMIT');
      try {
        await work();
      } finally {
        await source.query('BACKUP STAGE END');
      }
    }

    async function waitUntilCopying(): Promise<void> {
      await using source = await openSource(place.source);
      await waitFor('mariadb-backup waits', async () => {
        const { rows } = await source.query(
          "SELECT 1 AS one FROM information_schema.PROCESSLIST WHERE INFO LIKE 'BACKUP STAGE%'",
        );
        return rows.length > 0;
      });
    }

    it('goes on when the command is killed, and the same command waits for its end', async () => {
      await whileStuck(async () => {
        const { child, ended } = place.start('killed', ...from());
        await waitUntilCopying();
        child.kill('SIGKILL');
        await ended;
      });
      expect((await place.importJson('killed', ...from())).summary).toMatchObject({
        method: 'physical',
        rows: 6003,
      });
    });

    it('is undone when the local RDS is killed, and the same command starts over', async () => {
      const { pid } = JSON.parse(await place.local.run('local', 'status', '--json')) as { pid: number };
      await whileStuck(async () => {
        const { ended } = place.start('crashed', ...from());
        await waitUntilCopying();
        process.kill(pid, 'SIGKILL');
        expect((await ended).status).toBe(1);
        await place.restart();
        await waitFor('the cluster is gone', async () => !(await place.listClusters()).includes('crashed'));
      });
      expect(findLeaks(join(place.folder, 'data/local')).processes.filter(isOfBackup)).toEqual([]);
      expect((await place.importJson('crashed', ...from())).summary).toMatchObject({ rows: 6003 });
    });
  },
);

function isOfBackup(command: string): boolean {
  return command.includes('mariadb-backup') || command.includes('mariabackup');
}
