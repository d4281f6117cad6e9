// Holding a process for a moment, and who lets it go on.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { whileFrozen } from '../../src/local/engine/freezing.ts';
import { findProcesses, signalProcess } from '../../src/local/processes.ts';
import { startDetached } from '../../src/run.ts';
import { waitUntil } from '../support/local-cluster.ts';
import { describeIfMet } from '../support/needs.ts';

const where = { env: process.env, cwd: process.cwd(), logFd: 2 };

describeIfMet('linux', process.platform === 'linux' ? undefined : 'states are read from /proc')(
  'a process that is held',
  () => {
    test('stands still while the work is done, and goes on afterwards, also when it fails', async () => {
      const held = await startDetached('/bin/sleep', ['60'], where);
      try {
        const work = whileFrozen(held.pid, async () => {
          expect(await readState(held.pid)).toBe('T');
          throw new Error('no room');
        });
        await expect(work).rejects.toThrow('no room');
        await waitForState(held.pid, 'S');
        await waitUntil('the guard is gone', undefined, async () => {
          return (await findProcesses(`guard ${process.pid} ${held.pid}`)).length === 0 || undefined;
        });
      } finally {
        signalProcess(held.pid, 'SIGKILL');
      }
    });

    test('goes on by itself when the one that holds it is killed', async () => {
      const script = new URL('../support/killed-while-freezing.ts', import.meta.url).pathname;
      const held = await startDetached('/bin/sleep', ['60'], where);
      try {
        const args = ['--import', 'tsx', script, String(held.pid)];
        const holder = await startDetached(process.execPath, args, where);
        await waitForState(held.pid, 'T');
        signalProcess(holder.pid, 'SIGKILL');
        await waitForState(held.pid, 'S');
      } finally {
        signalProcess(held.pid, 'SIGKILL');
      }
    });
  },
);

async function readState(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat[stat.lastIndexOf(')') + 2];
}

async function waitForState(pid: number, state: string): Promise<void> {
  const look = async () => (await readState(pid)) === state || undefined;
  await waitUntil(`process ${pid} is in state ${state}`, undefined, look);
}
