// One cache of layers for all files of a run, as one user has: packing Node again for each of them cost seconds each.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLE = 'DB_ARTIFACT_TEST_CACHE';

/** Called by vitest before any worker starts; they inherit the variable. */
export function setup(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), 'db-artifact-cache-'));
}

export function teardown(): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Puts the cache of the run, where there is one, into a new data folder. */
export function shareCache(dataDir: string): void {
  const folder = process.env[VARIABLE];
  const path = join(dataDir, 'cache');
  if (folder === undefined || existsSync(path)) return;
  mkdirSync(dataDir, { recursive: true });
  symlinkSync(folder, path);
}
