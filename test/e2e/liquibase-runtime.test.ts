import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeJavaRuntime } from '../../src/build/liquibase/files.ts';
import { type LiquibaseOptions, runLiquibase } from '../../src/converge/schema/liquibase.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { findLiquibaseProblem, listFiles, unpack } from '../support/liquibase.ts';
import { describeIfMet } from '../support/needs.ts';
import { projectFolder } from '../support/sources.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const needed = await findLiquibaseProblem();
const folder = mkdtempSync(join(tmpdir(), 'java-runtime-'));
const runtime = join(folder, 'java');

beforeAll(async () => {
  if (needed === undefined) await makeJavaRuntime(runtime, process.env);
});
afterAll(() => rmSync(folder, { recursive: true }));

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet('liquibase', needed ?? findServerProblem(family))(
    `the artifact's own Java, ${family}`,
    () => {
      it('runs Liquibase over TLS with a checked certificate, and says when there is no Java', async () => {
        const home = mkdtempSync(join(tmpdir(), 'liquibase-home-'));
        let server: SqlServer | undefined;
        try {
          server = await startSqlServer(family);
          await (await connectWhenReady(server.options)).close();
          const changelogs = join(projectFolder, 'test', 'fixtures', 'changelogs');
          unpack(home, await listFiles(family, changelogs, 'xml/changelog.xml'));
          const env = { NODE_EXTRA_CA_CERTS: server.certificate };
          const options: LiquibaseOptions = {
            liquibaseHome: home,
            java: 'any',
            changelogPath: 'xml/changelog.xml',
            contexts: ['test'],
            parameters: {},
            database: { ...server.options, host: 'localhost', tls: 'verify', env },
            env: { PATH: '/nowhere' },
            progress: () => {},
          };
          await expect(runLiquibase('update', options)).rejects.toMatchObject({
            code: 'NOT_SUPPORTED',
            message: expect.stringContaining('needs Java'),
          });
          symlinkSync(runtime, join(home, 'java'));
          expect((await runLiquibase('update', options)).ran).toBeGreaterThan(9);
          expect((await runLiquibase('update', options)).ran).toBeLessThan(3);
          const untrusted = { ...options, database: { ...options.database, env: {} } };
          await expect(runLiquibase('update', untrusted)).rejects.toThrow(/certificate|PKIX|SSL/);
        } finally {
          await server?.stop();
          rmSync(home, { recursive: true });
        }
      });
    },
  );
}
