// What happened is still known after the local RDS was started again, killed or not.
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEvents } from '../../src/local/events.ts';
import type { EventRecord } from '../../src/local/records.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';

let folder: TestFolder;
let path: string;
beforeEach(async () => {
  folder = await makeTestFolder();
  path = join(folder.path, 'records', 'events.ndjson');
});
afterEach(async () => await folder[Symbol.asyncDispose]());

const makeEvent = (message: string, at = new Date().toISOString()): EventRecord => ({
  ...{ at, message, sourceType: 'db-cluster', sourceId: 'orders', categories: ['creation'] },
  sourceArn: 'arn:aws:rds:eu-central-1:000000000000:cluster:orders',
});
const listMessages = async () => (await openEvents(path)).events.map(({ message }) => message);

test('events are read again, in their order', async () => {
  const { addEvent, events } = await openEvents(path);
  for (const message of ['one', 'two']) addEvent(makeEvent(message));
  expect((await openEvents(path)).events).toEqual(events);
  expect(await listMessages()).toEqual(['one', 'two']);
});

test('a line that a kill has cut costs itself and nothing else', async () => {
  (await openEvents(path)).addEvent(makeEvent('whole'));
  await appendFile(path, '{"at":"2026-');
  (await openEvents(path)).addEvent(makeEvent('later'));
  expect(await listMessages()).toEqual(['whole', 'later']);
});

test('events of more than 14 days ago are forgotten', async () => {
  const old = new Date(Date.now() - 15 * 86_400_000).toISOString();
  const { addEvent, events } = await openEvents(path);
  addEvent(makeEvent('old', old));
  addEvent(makeEvent('new'));
  expect(events.map(({ message }) => message)).toEqual(['new']);
  expect(await listMessages()).toEqual(['new']);
});

test('the file stays small, however much happens', async () => {
  const { addEvent, events } = await openEvents(path);
  for (let count = 1; count <= 10_001; count++) addEvent(makeEvent(String(count)));
  expect(events).toHaveLength(5000);
  expect(events.at(-1)?.message).toBe('10001');
  expect((await readFile(path, 'utf8')).trim().split('\n').length).toBeLessThanOrEqual(5000);
});
