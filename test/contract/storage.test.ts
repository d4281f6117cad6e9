// What every storage driver promises, on real file systems: src/local/storage/driver.ts says the same in words.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { StorageClient } from '../support/storage-client.ts';
import { runInside } from '../support/storage-client.ts';
import { describeDrivers, OWNER } from '../support/storage-variants.ts';

describeDrivers((bench, variant) => {
  it('keeps the rows of a fork when its golden and its source go', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'fork');
    await storage.remove('source');
    await storage.remove('golden');
    expect(await storage.list()).toEqual(['fork']);
    expect(await storage.runInside('fork', 'cat base/1/table')).toBe('row 1');
    await storage.remove('fork');
    expect(await bench.listItems()).toEqual([]);
  });

  it('gives a fork another name, opened or not', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'ready', false, ['base/1/table']);
    await storage.openVolume('ready');
    await storage.rename('ready', 'fork');
    await storage.forkGolden('golden', 'closed');
    await storage.rename('closed', 'other');
    expect(await storage.runInside('other', 'cat base/1/table')).toBe('row 1');
    await storage.remove('other');
    expect(await storage.list()).toEqual(['fork', 'golden', 'source']);
    await storage.remove('golden');
    expect(await storage.runInside('fork', 'cat base/1/table; echo more >> base/1/table')).toBe('row 1');
    await storage.forkGolden('golden', 'fork'); // it is there already
    expect(await storage.runInside('fork', 'cat base/1/table')).toBe('row 1\nmore');
    for (const id of ['fork', 'source']) await storage.remove(id);
    expect(await bench.listItems()).toEqual([]);
  });

  it('keeps what is written to source and fork apart', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'one');
    await storage.forkGolden('golden', 'two');
    await storage.runInside('source', 'echo source >> base/1/table');
    await storage.runInside('one', 'echo one >> base/1/table; rm base/1/index');
    const show = async (id: string) => await storage.runInside(id, 'cat base/1/table; ls base/1 | xargs');
    expect(await show('source')).toBe('row 1\nsource\nindex table');
    expect(await show('one')).toBe('row 1\none\ntable');
    expect(await show('two')).toBe('row 1\nindex table');
  });

  it('keeps owner, modes, symbolic links and odd names', async () => {
    const { storage } = bench;
    await storage.makeVolume('source');
    const script = `umask 0; mkdir -m 0750 'a b' 0700; ln -s /nowhere "it's"; echo x > 'a b/é\\n'; chmod 640 'a b/'*`;
    await storage.runInside('source', script);
    await fork(storage, 'source', 'first');
    await fork(storage, 'first', 'second');
    const show = `stat -c '%n %a %u %g' . */. 'a b/'*; readlink *s`;
    const shown = await storage.runInside('source', show);
    expect(shown).toContain(`. 700 ${OWNER} ${OWNER}\n`);
    expect(shown).toContain('a b/. 750 ');
    expect(await storage.runInside('first', show)).toBe(shown);
    expect(await storage.runInside('second', show)).toBe(shown);
  });

  it('remembers a removed folder that was made again in forks of forks', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await fork(storage, 'source', 'one');
    await storage.runInside(
      'one',
      'rm -r base/1; mkdir base/1; echo new > base/1/new; mkdir -p deep/er; echo a > deep/er/a',
    );
    await fork(storage, 'one', 'two');
    await storage.runInside('two', 'rm -r deep; mkdir deep; echo two >> base/1/new');
    await fork(storage, 'two', 'three');
    expect(await storage.runInside('three', 'find . | sort | xargs; cat base/1/new')).toBe(
      '. ./base ./base/1 ./base/1/new ./deep\nnew\ntwo',
    );
    expect(await storage.runInside('one', 'cat base/1/new deep/er/a')).toBe('new\na');
  });

  it('leaves excluded paths out, whichever golden brought them', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.runInside('source', 'echo 1 > pid; mkdir -p log/old; echo l > log/old/1');
    await storage.makeGolden('source', 'whole');
    await storage.forkGolden('whole', 'one');
    await storage.runInside('one', 'echo 2 > base/pid; echo l > log/2');
    await storage.makeGolden('one', 'part', [
      'pid',
      'base/pid',
      'log/old',
      'log/2',
      'base/1/index',
      'none/such',
    ]);
    await storage.forkGolden('part', 'two');
    expect(await storage.runInside('two', 'find . | sort | xargs')).toBe(
      '. ./base ./base/1 ./base/1/table ./log',
    );
    expect(await storage.runInside('one', 'ls pid base/pid log | xargs')).toBe('base/pid pid log: 2 old');
  });

  it('makes the same fork whichever files are said to be read first', async () => {
    const { storage } = bench;
    await makeSource(storage);
    const old = 'mkdir old gone hidden; for n in old gone hidden; do echo 1 > $n/a; echo 1 > $n/b; done';
    await storage.runInside('source', `${old}; mkdir -m 750 deep; echo deep > deep/a; echo x > file`);
    await fork(storage, 'source', 'one');
    const change =
      'rm -r gone; rm -r old; mkdir old; echo 2 > old/a; rm -r hidden; echo 2 > hidden; rm deep/a';
    await storage.runInside(
      'one',
      `${change}; rm base/1/index; chmod 640 base/1/table; ln -s /etc/passwd deep/link`,
    );
    await fork(storage, 'one', 'two');
    await storage.runInside('two', 'echo 3 >> old/a; mkdir base/2; echo 3 > base/2/table');
    await storage.makeGolden('two', 'golden');
    const inOld = ['old/a', 'old/b', 'gone/a', 'hidden/a', 'hidden', 'deep/a', 'deep/link', 'none/such'];
    const paths = [...inOld, 'base/1/table', 'base/1/index', 'base/2/table', 'file', 'base'];
    await storage.forkGolden('golden', 'plain');
    await storage.forkGolden('golden', 'quick', false, paths);
    const show = "find . | sort | xargs stat -c '%n %F %a %u %g'; cat old/* hidden base/*/table file";
    expect(await storage.runInside('quick', show)).toBe(await storage.runInside('plain', show));
    await storage.runInside('quick', 'echo 4 >> old/a; echo 4 >> base/1/table; rm -r base/2');
    expect(await storage.runInside('plain', 'cat old/a base/1/table base/2/table')).toBe('2\n3\nrow 1\n3');
  });

  it('makes a hundred forks that all differ', { timeout: 300_000 }, async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeGolden('source', 'golden');
    const ids = Array.from({ length: 100 }, (_, index) => `fork-${index}`);
    for (const id of ids) {
      await storage.forkGolden('golden', id);
      await storage.runInside(id, `echo ${id} >> base/1/table`);
    }
    for (const id of ids) expect(await storage.runInside(id, 'tail -n 1 base/1/table')).toBe(id);
    for (const id of ids) await storage.remove(id);
    expect(await storage.list()).toEqual(['golden', 'source']);
  });

  it('keeps every row in a chain of forty forks of forks', { timeout: 300_000 }, async () => {
    const { storage } = bench;
    await makeSource(storage);
    for (let index = 1, last = 'source'; index <= 40; index++) {
      await fork(storage, last, `link-${index}`);
      await storage.runInside(
        `link-${index}`,
        `echo row ${index + 1} >> base/1/table; rm -f f*; echo > f${index}`,
      );
      await storage.remove(last);
      last = `link-${index}`;
    }
    expect(await storage.list()).toEqual(['link-40']);
    expect(await storage.runInside('link-40', 'wc -l < base/1/table; ls | xargs')).toBe('41\nbase f40');
    await storage.remove('link-40');
    expect(await bench.listItems()).toEqual([]);
  });

  it('uses a golden up for its last fork', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'one');
    await storage.forkGolden('golden', 'last', true);
    await storage.runInside('last', 'echo last >> base/1/table');
    expect(await storage.list()).toEqual(['last', 'one', 'source']);
    expect(await storage.runInside('one', 'cat base/1/table')).toBe('row 1');
    await storage.makeGolden('one', 'second');
    await storage.forkGolden('second', 'only', true);
    await storage.runInside('only', 'echo only >> base/1/table');
    expect(await storage.runInside('only', 'cat base/1/table')).toBe('row 1\nonly');
    expect(await storage.runInside('one', 'cat base/1/table')).toBe('row 1');
  });

  it('does nothing when asked again', async () => {
    const { storage } = bench;
    await makeSource(storage);
    await storage.makeVolume('source');
    await storage.makeGolden('source', 'golden');
    await storage.runInside('source', 'echo later >> base/1/table');
    await storage.makeGolden('source', 'golden');
    await storage.forkGolden('golden', 'fork');
    await storage.runInside('fork', 'echo mine >> base/1/table');
    await storage.forkGolden('golden', 'fork');
    expect(await storage.openVolume('fork')).toEqual(await storage.openVolume('fork'));
    expect(await storage.runInside('fork', 'cat base/1/table')).toBe('row 1\nmine');
    await storage.closeVolume('fork');
    await storage.closeVolume('fork');
    await storage.remove('fork');
    await storage.remove('fork');
    await storage.closeVolume('fork');
    expect(await storage.list()).toEqual(['golden', 'source']);
  });

  it('refuses what is not there, and names that are no ids', async () => {
    const { storage } = bench;
    await expect(storage.openVolume('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(storage.makeGolden('none', 'golden')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(storage.forkGolden('none', 'fork')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(storage.makeVolume('../escape')).rejects.toMatchObject({ code: 'BUG' });
    expect(await bench.listItems()).toEqual([]);
  });

  it('takes a golden of a volume that is written to meanwhile', async () => {
    const { storage, options } = bench;
    await makeSource(storage);
    await fork(storage, 'source', 'busy');
    const stopFile = join(dirname(options.root), 'stop');
    const churn = `
      i=0
      while [ ! -e '${stopFile}' ]; do i=$((i + 1)); echo $i > base/1/new.$i; rm -f base/1/new.$((i - 20)); done
      rm -f base/1/new.*`;
    const volume = await storage.openVolume('busy');
    const writer = runInside(volume, churn, options.ownerUid);
    try {
      for (let index = 0; index < 5; index++) {
        await storage.makeGolden('busy', `golden-${index}`);
        await storage.forkGolden(`golden-${index}`, `fork-${index}`);
        expect(await storage.runInside(`fork-${index}`, 'cat base/1/table')).toBe('row 1');
      }
    } finally {
      await writeFile(stopFile, '');
      await writer;
    }
  });

  it('goes on with what is on disk after an end and after a kill', async () => {
    await makeSource(bench.storage);
    await fork(bench.storage, 'source', 'fork');
    await bench.storage.runInside('fork', 'echo mine >> base/1/table');
    await bench.storage.kill();
    await bench.restart({ wanted: undefined });
    expect(bench.storage.name).toBe(variant.driver);
    expect(await bench.storage.runInside('fork', 'cat base/1/table')).toBe('row 1\nmine');
    await bench.storage.dispose();
    await bench.storage.end();
    await bench.restart();
    await bench.storage.runInside('fork', 'echo again >> base/1/table');
    expect(await bench.storage.runInside('fork', 'cat base/1/table')).toBe('row 1\nmine\nagain');
  });

  it('measures what a volume has of its own and what an engine sees', async () => {
    const { storage } = bench;
    await storage.makeVolume('source');
    await storage.runInside('source', 'head -c 4000000 /dev/urandom > table; sync -f table');
    await fork(storage, 'source', 'fork');
    await storage.runInside('fork', 'head -c 1000000 /dev/urandom > mine; : >> table; sync -f .');
    const { ownBytes, apparentBytes } = await storage.measureVolume('fork');
    expect(apparentBytes).toBe(5_000_000);
    const sharedBytes = variant.driver === 'copy' ? 4_000_000 : 0;
    expect(ownBytes).toBeGreaterThan(sharedBytes + 990_000);
    expect(ownBytes).toBeLessThan(sharedBytes + 1_300_000);
  });
});

async function makeSource(storage: StorageClient): Promise<void> {
  await storage.makeVolume('source');
  await storage.runInside('source', 'mkdir -p base/1; echo row 1 > base/1/table; echo i > base/1/index');
}

/** By way of a golden that is not kept. */
async function fork(storage: StorageClient, from: string, to: string): Promise<void> {
  await storage.makeGolden(from, `golden-for-${to}`);
  await storage.forkGolden(`golden-for-${to}`, to);
  await storage.remove(`golden-for-${to}`);
}
