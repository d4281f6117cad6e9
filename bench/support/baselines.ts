// What a user would do without this tool, on the same file system and data: measured beside it in the same run.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { measureMs, type Sample, sample } from './measure.ts';

export interface Baseline {
  readonly name: string;
  readonly result: Sample;
}

/** `CREATE DATABASE ... TEMPLATE` inside the source's own server: no isolation, and nobody may be connected. */
export async function measureTemplates(config: pg.ClientConfig, runs: number): Promise<readonly Baseline[]> {
  const client = new pg.Client({ ...config, database: 'postgres' });
  await client.connect();
  const methods = [
    ['CREATE DATABASE, WAL_LOG', 'WAL_LOG', undefined],
    ['CREATE DATABASE, FILE_COPY', 'FILE_COPY', 'copy'],
    ['CREATE DATABASE, FILE_COPY, file_copy_method=clone', 'FILE_COPY', 'clone'],
  ] as const;
  const found: Baseline[] = [];
  for (const [name, strategy, method] of methods) {
    try {
      if (method) await client.query(`SET file_copy_method = '${method}'`);
      const result = await sample(runs, async () => {
        const ms = await measureMs(() =>
          client.query(`CREATE DATABASE again TEMPLATE bench STRATEGY ${strategy}`),
        );
        await client.query('DROP DATABASE again');
        return ms;
      });
      found.push({ name, result });
    } catch (error) {
      console.error(`${name}: ${String(error)}`);
    }
  }
  await client.end();
  return found;
}

/** `pg_dump | psql` and `cp -a` of a stopped folder, each with the start of the server that then answers. */
export async function measureCopies(
  folder: string,
  bin: string,
  gigabytes: number,
  runs: number,
): Promise<readonly Baseline[]> {
  const base = join(folder, 'baseline');
  mkdirSync(base);
  execFileSync('chown', ['postgres', base]);
  const as = (script: string): void =>
    runShell(
      `cd ${base}; setpriv --reuid postgres --regid postgres --clear-groups bash -euo pipefail -c '${script}'`,
      {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
      },
    );
  const options = (port: number): string => `-o "-p ${port} -k ${base} -c listen_addresses= -c fsync=off"`;
  const start = (name: string, port: number): string =>
    `pg_ctl -s -w -D ${name} -l ${name}.log ${options(port)} start; psql -qAt -h ${base} -p ${port} -U bench -d bench -c "select 1"`;
  as(`initdb -D source -U bench -A trust >/dev/null; pg_ctl -s -w -D source -l source.log ${options(6001)} start;
      createdb -h ${base} -p 6001 -U bench bench; pgbench -q -i -s ${Math.round(66 * gigabytes)} -h ${base} -p 6001 -U bench bench 2>/dev/null`);
  const dump = await sample(runs, async () => {
    const ms = await measureMs(async () =>
      as(`initdb -D again -U bench -A trust >/dev/null; pg_ctl -s -w -D again -l again.log ${options(6002)} start;
          createdb -h ${base} -p 6002 -U bench bench; pg_dump -h ${base} -p 6001 -U bench bench | psql -qAt -h ${base} -p 6002 -U bench bench >/dev/null`),
    );
    as('pg_ctl -s -m immediate -D again stop; rm -rf again');
    return ms;
  });
  as('pg_ctl -s -m fast -D source stop');
  const copy = await sample(runs, async () => {
    const ms = await measureMs(async () => as(`cp -a --reflink=never source again; ${start('again', 6002)}`));
    as('pg_ctl -s -m immediate -D again stop; rm -rf again');
    return ms;
  });
  as('rm -rf source');
  return [
    { name: 'initdb, pg_dump \\| psql', result: dump },
    { name: 'cp -a of the stopped source, start', result: copy },
  ];
}

function runShell(script: string, env: NodeJS.ProcessEnv): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
