// Finding processes where there is no /proc: macOS has ps alone, which Linux has as well.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { areThreadsStopped, isStoppedByPs } from '../../src/local/engine/freezing.ts';
import { findProcess, findProcesses, findStartedAt, signalProcess } from '../../src/local/processes.ts';
import { startDetached } from '../../src/run.ts';

const SYSTEMS = process.platform === 'linux' ? (['linux', 'darwin'] as const) : (['darwin'] as const);

test.each(SYSTEMS)('a process is found as on %s, and is another one than a later one', async (platform) => {
  const before = Date.now();
  const child = await startDetached('/bin/sleep', ['61.5'], { env: process.env, cwd: '/', logFd: 2 });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const found = await findProcess(child.pid, platform);
    expect(found).toMatchObject({ pid: child.pid });
    expect(await findProcess(child.pid, platform)).toEqual(found);
    const startedAt = found && (await findStartedAt(found, platform));
    expect(Math.abs(Number(startedAt) - before)).toBeLessThan(5000);
    const named = (await findProcesses('/bin/sleep 61.5', platform)).filter(({ pid }) => pid === child.pid);
    expect(named).toHaveLength(1);
  } finally {
    signalProcess(child.pid, 'SIGKILL');
  }
  await exited;
  expect(await findProcess(child.pid, platform)).toBeUndefined();
});

const LOOKS = { linux: areThreadsStopped, darwin: isStoppedByPs };

test.each(SYSTEMS)('a process that is held is seen to stand still as on %s', async (platform) => {
  const look = LOOKS[platform];
  const child = await startDetached('/bin/sleep', ['61.5'], { env: process.env, cwd: '/', logFd: 2 });
  try {
    expect(await look(child.pid)).toBe(false);
    signalProcess(child.pid, 'SIGSTOP');
    while (!(await look(child.pid))) await pause(1);
    signalProcess(child.pid, 'SIGCONT');
    while (await look(child.pid)) await pause(1);
  } finally {
    signalProcess(child.pid, 'SIGKILL');
  }
});
