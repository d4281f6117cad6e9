// Secrets that a container is lent do not stay when the process that lent them was killed.
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeSecretFolder } from '../../src/build/secret-folder.ts';

const NO_SUCH_PID = 2 ** 22 + 1;

test('only its owner may look into it, and what a dead process left an hour ago is gone', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'secret-folder-'));
  try {
    const names = [`${NO_SUCH_PID}-old`, `${NO_SUCH_PID}-young`, `${process.pid}-old`];
    for (const name of names) {
      const path = join(parent, `db-artifact-run-${name}`);
      await mkdir(path);
      const then = new Date(Date.now() - 2 * 60 * 60 * 1000);
      if (name.endsWith('old')) await utimes(path, then, then);
    }
    const made = await makeSecretFolder(parent);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    const kept = names.slice(1).map((name) => `db-artifact-run-${name}`);
    expect((await readdir(parent)).sort()).toEqual([...kept, basename(made)].sort());
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});
