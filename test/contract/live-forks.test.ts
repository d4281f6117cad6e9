// Clones of a source that is written to all the time: each must hold one instant of it. The invariant is pgbench's:
// accounts, tellers, branches and history sum up to the same, in every committed state.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterRecord } from '../../src/local/records.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import {
  type LocalDatabases,
  MASTER,
  openLocalDatabases,
  PASSWORD,
  putClone,
  putCluster,
  putInstance,
  putOpenGroup,
  waitForCluster,
  waitForInstance,
} from '../support/local-cluster.ts';
import { queryAs } from '../support/login.ts';
import { waitFor } from '../support/wait.ts';

const WRITERS = 3;
const CLONES = 5;
const MAKE_TABLES = `
  CREATE TABLE branches (bid int PRIMARY KEY, balance int NOT NULL, filler text);
  CREATE TABLE tellers (tid int PRIMARY KEY, balance int NOT NULL, filler text);
  CREATE TABLE accounts (aid int PRIMARY KEY, balance int NOT NULL, filler text);
  CREATE TABLE history (tid int, bid int, aid int, delta int);
  INSERT INTO branches SELECT i, 0, repeat('b', 80) FROM generate_series(1, 10) i;
  INSERT INTO tellers SELECT i, 0, repeat('t', 80) FROM generate_series(1, 100) i;
  INSERT INTO accounts SELECT i, 0, repeat('a', 80) FROM generate_series(1, 50000) i;`;
const SUMS = `
  SELECT (SELECT sum(balance) FROM accounts)::int AS accounts, (SELECT sum(balance) FROM tellers)::int AS tellers,
    (SELECT sum(balance) FROM branches)::int AS branches, (SELECT coalesce(sum(delta), 0) FROM history)::int AS history,
    (SELECT count(*) FROM history)::int AS transactions`;

let folder: TestFolder;
let local: LocalDatabases;
let source: ClusterRecord;

beforeAll(async () => {
  folder = await makeTestFolder();
  local = await openLocalDatabases(folder.path);
  await putOpenGroup(local);
  source = await putCluster(local, 'source');
  await makeServed('source');
  await queryAs(source, MAKE_TABLES);
});

afterAll(async () => {
  await local[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function makeServed(id: string): Promise<void> {
  await waitForCluster(local, id, 'available');
  await putInstance(local, id);
  await waitForInstance(local, `${id}-1`, 'available');
}

/** One client that moves money until it is stopped. */
async function startWriter(port: number): Promise<{ stop(): Promise<number> }> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: MASTER,
    password: PASSWORD,
    database: 'shop',
  });
  await client.connect();
  let isStopped = false;
  let transactions = 0;
  const pick = (most: number) => 1 + Math.floor(Math.random() * most);
  const work = (async () => {
    for (; !isStopped; transactions++) {
      const [aid, tid, bid, delta] = [pick(50_000), pick(100), pick(10), pick(10_000) - 5_000];
      await client.query(`BEGIN;
        UPDATE accounts SET balance = balance + ${delta} WHERE aid = ${aid};
        UPDATE tellers SET balance = balance + ${delta} WHERE tid = ${tid};
        UPDATE branches SET balance = balance + ${delta} WHERE bid = ${bid};
        INSERT INTO history VALUES (${tid}, ${bid}, ${aid}, ${delta});
        COMMIT`);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await work.finally(() => client.end());
      return transactions;
    },
  };
}

test('every clone of a busy source is one instant of it, later ones later, and the source goes on', async () => {
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => startWriter(source.port)));
  const seen: number[] = [];
  let written = 0;
  try {
    for (let at = 0; at < CLONES; at++) {
      const clone = await putClone(local, `clone${at}`, source);
      await makeServed(clone.id);
      const [sums] = await queryAs(clone, SUMS);
      expect(
        new Set([sums?.['accounts'], sums?.['tellers'], sums?.['branches'], sums?.['history']]).size,
      ).toBe(1);
      seen.push(Number(sums?.['transactions']));
    }
  } finally {
    for (const writer of writers) written += await writer.stop();
  }
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  const [sums] = await queryAs(source, SUMS);
  expect(sums?.['transactions']).toBe(written);
});

test('once nobody writes, clones share one golden and hold everything', async () => {
  const [wanted] = await queryAs(source, SUMS);
  const goldens: (string | undefined)[] = [];
  // A server that was written to goes on for a while by itself: it vacuums and counts.
  const isShared = async (): Promise<boolean> => {
    const id = `calm${goldens.length}`;
    const clone = await putClone(local, id, source);
    await makeServed(id);
    expect(await queryAs(clone, SUMS)).toEqual([wanted]);
    const { clusters } = await local.databases.describe();
    goldens.push(clusters.find((cluster) => cluster.id === 'source')?.goldenId);
    return goldens.length > 1 && goldens.at(-1) === goldens.at(-2);
  };
  await waitFor('two clones share a golden', isShared, 90_000);
});
