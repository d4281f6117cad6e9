// What storage drivers promise when they are killed at any moment, and when the disk is full.
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { makeToolEnv } from '../../src/local/storage/place.ts';
import { runProgram } from '../../src/run.ts';
import type { StorageClient } from '../support/storage-client.ts';
import { type Bench, describeDrivers } from '../support/storage-variants.ts';

const FILES = 200;
/** Moments at which each operation is killed, spread over the time that it takes. */
const KILLS = 6;
const CHECKSUM = `find . -type f | sort | xargs cat | sha256sum`;

/** Big files first, then small ones, until not even an empty one can be made. */
const FILL = `
  i=0
  for size in 64M 1M 4k; do while fallocate -l $size "$1.$i"; do i=$((i + 1)); done; done
  sync -f "$1.0"
  while [ $i -lt 9000 ] && echo x > "$1.$i"; do i=$((i + 1)); done
`;

describeDrivers((bench, variant) => {
  it('makes a golden and a fork whole, though killed at any moment', { timeout: 300_000 }, async () => {
    const rows = await makeWideSource(bench.storage);
    await bench.storage.makeGolden('source', 'first');
    await bench.storage.forkGolden('first', 'parent');
    await bench.storage.runInside('parent', 'for i in t/*; do echo more >> $i; done');
    const more = await bench.storage.runInside('parent', CHECKSUM);
    const cases = { source: rows, parent: more };
    for (const [from, expected] of Object.entries(cases)) {
      await killDuring(bench, async (storage, index) => {
        await storage.makeGolden(from, `golden-${from}-${index}`);
      });
      for (let index = 0; index < KILLS; index++) {
        await bench.storage.forkGolden(`golden-${from}-${index}`, `seen-${from}-${index}`);
        expect(await bench.storage.runInside(`seen-${from}-${index}`, CHECKSUM)).toBe(expected);
      }
      await killDuring(bench, async (storage, index) => {
        await storage.forkGolden(`golden-${from}-${index}`, `last-${from}-${index}`, index % 2 === 0);
      });
      for (let index = 0; index < KILLS; index++) {
        expect(await bench.storage.runInside(`last-${from}-${index}`, CHECKSUM)).toBe(expected);
      }
    }
    expect((await bench.listItems()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('opens, closes and removes, though killed at any moment', { timeout: 300_000 }, async () => {
    const rows = await makeWideSource(bench.storage);
    await bench.storage.makeGolden('source', 'golden');
    for (let index = 0; index < KILLS; index++) await bench.storage.forkGolden('golden', `fork-${index}`);
    await killDuring(bench, async (storage, index) => void (await storage.openVolume(`fork-${index}`)));
    for (let index = 0; index < KILLS; index++) {
      await bench.storage.runInside(`fork-${index}`, 'echo mine > mine');
    }
    await killDuring(bench, async (storage, index) => await storage.closeVolume(`fork-${index}`));
    expect(await bench.storage.runInside('fork-0', `cat mine; rm mine; ${CHECKSUM}`)).toBe(`mine\n${rows}`);
    await killDuring(bench, async (storage, index) => await storage.remove(`fork-${index}`));
    expect(await bench.listItems()).toEqual(['golden', 'source']);
    await killDuring(bench, async (storage) => await storage.remove('golden'));
    expect(await bench.listItems()).toEqual(['source']);
  });

  it('says that the disk is full, and leaves nothing half made', { timeout: 300_000 }, async () => {
    const rows = await makeWideSource(bench.storage);
    const dataDir = (await bench.storage.openVolume('source')).dataDir;
    const filler = dataDir.replace('/volumes/source/data', '/filler');
    await runProgram('sh', ['-c', FILL, 'sh', filler], { env: makeToolEnv(process.env) });
    const before = await bench.listItems();
    const [end] = await Promise.allSettled([bench.storage.makeGolden('source', 'golden')]);
    if (variant.on !== 'btrfs') expect(end?.status).toBe('rejected'); // which keeps room for new inodes
    if (end?.status === 'rejected') {
      const message = expect.stringContaining(dirname(filler));
      expect(end.reason).toMatchObject({ code: 'DISK_FULL', message });
      expect(await bench.listItems()).toEqual(before);
    }
    await runProgram('sh', ['-c', 'rm -f "$1".*', 'sh', filler], { env: makeToolEnv(process.env) });
    await bench.storage.makeGolden('source', 'golden');
    await bench.storage.forkGolden('golden', 'fork');
    expect(await bench.storage.runInside('fork', CHECKSUM)).toBe(rows);
  });
});

/** Kills `work` at several moments, and each time begins again and repeats it. */
async function killDuring(
  bench: Bench,
  work: (storage: StorageClient, index: number) => Promise<void>,
): Promise<void> {
  let durationMs = 0;
  for (let index = 0; index < KILLS; index++) {
    const startedAt = performance.now();
    if (index > 0) {
      const cut = work(bench.storage, index).catch(() => {});
      await sleep((durationMs * index) / KILLS);
      await bench.storage.kill();
      await cut;
      await bench.restart();
    }
    await work(bench.storage, index);
    if (index === 0) durationMs = performance.now() - startedAt;
  }
}

async function makeWideSource(storage: StorageClient): Promise<string> {
  await storage.makeVolume('source');
  await storage.runInside(
    'source',
    `mkdir t; for i in $(seq ${FILES}); do echo row $i > t/$i; done; sync -f t`,
  );
  return await storage.runInside('source', CHECKSUM);
}
