// Nobody gets into a copy before it is masked, whatever is killed when, on either engine.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type Family, type GatedShop, makeGatedShop, NEW_PASSWORD, ROWS } from '../support/gated-shop.ts';
import { describeIfMet } from '../support/needs.ts';
import type { Prober } from '../support/prober.ts';
import type { Ended, Started } from '../support/program.ts';
import { hasProgram, type LocalRds, startLocalRds } from '../support/running-rds.ts';

describe('a copy behind its gate', () => {
  const folder = makeFolder();
  let local: LocalRds;
  beforeAll(async () => {
    local = await startLocalRds(folder);
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  for (const family of ['postgres', 'mysql'] as const) testFamily(family, () => ({ local, folder }));
});

function testFamily(family: Family, getPlace: () => { local: LocalRds; folder: string }): void {
  const problem = family === 'mysql' && !hasProgram('mariadbd') ? 'no mariadbd' : undefined;
  describeIfMet('mariadb', problem)(family, () => {
    let local: LocalRds;
    let shop: GatedShop;
    let image: string;
    let stages: readonly string[];
    beforeAll(async () => {
      ({ local } = getPlace());
      shop = await makeGatedShop(local, getPlace().folder, family);
      image = `oci:${join(getPlace().folder, family)}`;
      await shop.build(image);
    });

    it('lets nobody in until all is done, then the new password and what the after steps made', async () => {
      const prober = shop.probe('whole');
      const watched = watch(shop.startConverge(image, 'whole'));
      const ended = await watched.started.ended;
      await prober.stop();
      expect(ended.status, ended.stderr).toBe(0);
      expect(prober.refused()).toBeGreaterThan(10);
      checkBreaks(prober, watched.startedMs, watched.lockedMs());
      expect(await shop.countLeft('whole')).toBe(0);
      expect(
        await shop.query('whole', 'SELECT count(*) AS n FROM customers', 'app', 'app-secret'),
      ).toHaveLength(1);
      await expect(shop.query('whole', 'SELECT 1', 'clerk', 'clerk-secret')).rejects.toThrow();
      expect(await shop.query('whole', 'SELECT ship_to FROM orders WHERE id = 1')).toEqual([
        { ship_to: 'somebody' },
      ]);
      await shop.query(shop.sourceId, 'SELECT count(*) FROM customers', 'clerk', 'clerk-secret');
      stages = listStages(ended);
      await local.run('destroy', 'whole');
    });

    it('lets nobody in whatever is killed when, and the same command ends right', {
      timeout: 400_000,
    }, async () => {
      const left = [...stages];
      for (let round = 0; left.length > 0; round++) await killThrough(`killed-${round}`, left);
    });

    /** Kills one converge after another of the same copy, each at the next stage, until one ends by itself. */
    async function killThrough(name: string, left: string[]): Promise<void> {
      const prober = shop.probe(name);
      let firstMs: number | undefined;
      let lockedMs: number | undefined;
      try {
        for (;;) {
          const stage = left.shift();
          const watched = watch(shop.startConverge(image, name), stage?.replace('*', name));
          const ended = await watched.started.ended;
          if (watched.hasSeen('started access for')) firstMs ??= watched.startedMs;
          lockedMs ??= watched.lockedMs();
          checkBreaks(prober, firstMs, lockedMs);
          if (ended.signal === 'SIGKILL') continue;
          expect(ended.status, `${stage}: ${ended.stderr}`).toBe(0);
          break;
        }
      } finally {
        await prober.stop();
      }
      checkBreaks(prober, firstMs, lockedMs);
      expect(await shop.countLeft(name)).toBe(0);
      const joined = 'SELECT count(*) AS n FROM customers c JOIN orders o ON o.customer_id = c.id';
      expect(Number((await shop.query(name, joined, 'app', 'app-secret'))[0]?.['n'])).toBe(ROWS);
      await local.run('destroy', name);
    }
  });
}

/**
 * Whoever reads an original has a login of the source, comes from the converger's own address (where local servers tell
 * addresses apart), and began before the logins were locked. Times are of `Date.now()`.
 */
function checkBreaks(prober: Prober, openedMs: number | undefined, lockedMs: number | undefined): void {
  for (const { intruder, value, sinceMs } of prober.breaks) {
    if (value === 0 && intruder.password === NEW_PASSWORD) continue;
    expect(intruder.user).toBe('clerk');
    expect(openedMs, 'before anybody was let in').toBeDefined();
    expect(sinceMs, 'after the logins were locked').toBeLessThanOrEqual(lockedMs ?? Number.POSITIVE_INFINITY);
  }
}

/** Reads the progress of a converge; kills it at the first event that is `stage`. */
function watch(started: Started, stage?: string) {
  const startedMs = Date.now();
  const seen: string[] = [];
  let lockedMs: number | undefined;
  let rest = '';
  started.child.stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.startsWith('{'))) {
      const { state, phase } = JSON.parse(line) as { state: string; phase: string };
      seen.push(`${state} ${phase}`);
      if (state === 'done' && phase.startsWith('inherited logins')) lockedMs ??= Date.now();
      if (`${state} ${phase}` === stage) started.child.kill('SIGKILL');
    }
  });
  return {
    ...{ started, startedMs },
    lockedMs: () => lockedMs,
    hasSeen: (text: string) => seen.some((one) => one.startsWith(text)),
  };
}

/** The beginning of everything that a whole run does, and the ends of what changes the database or opens it. */
function listStages({ stderr }: Ended): readonly string[] {
  const events = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const phases = events.filter(({ state, phase }) => state === 'started' || /mask|locked|open/.test(phase));
  return [...new Set(phases.map(({ phase, state }) => `${state} ${String(phase).replace('whole', '*')}`))];
}
