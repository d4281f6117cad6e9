// Child processes that are told to end.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInteractive } from '../../src/run.ts';
import { waitUntil } from '../support/wait-until.ts';

test('an interrupted program has ended when the call fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-'));
  try {
    const [started, ended] = [join(folder, 'started'), join(folder, 'ended')];
    const script = `trap 'sleep 0.3; touch ${ended}; exit 0' TERM; touch ${started}; while :; do sleep 0.05; done`;
    const abort = new AbortController();
    const running = runInteractive('sh', ['-c', script], {
      env: process.env,
      signal: abort.signal,
      input: '',
    });
    const failed = expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await waitUntil('the program runs', async () => existsSync(started));
    abort.abort();
    await failed;
    expect(existsSync(ended)).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
