// The small process that runs short programs for the storage drivers.
import { afterEach, expect, test } from 'vitest';
import { makeSmallShell, type SmallShell } from '../../src/local/storage/small-shell.ts';

let shell: SmallShell;
afterEach(() => shell.close());
const open = () => {
  shell = makeSmallShell({ PATH: '/usr/bin:/bin', LC_ALL: 'C' });
};
const run = async (program: string, ...args: string[]) => await shell.run(program, args, '/tmp');

test('words reach the program as they are, and what it says comes back', async () => {
  open();
  for (const word of ["it's", '$HOME', 'a b', '`id`', 'two\nlines', '']) {
    expect(await run('printf', '%s', word)).toBe(word);
  }
  expect(await run('pwd')).toBe('/tmp\n');
});

test('orders at the same time are done one after another, each with its own answer', async () => {
  open();
  const words = ['one', 'two', 'three'];
  expect(await Promise.all(words.map((word) => run('echo', word)))).toEqual(words.map((word) => `${word}\n`));
});

test('a program that fails says why, and the next one runs', async () => {
  open();
  await expect(run('ls', '/nonexistent/folder')).rejects.toMatchObject({
    code: 'CHILD_FAILED',
    message: expect.stringMatching(/^ls ended with status \d+: .*No such file/s),
  });
  await expect(run('nothing-of-this-name')).rejects.toThrow('status 127');
  await expect(shell.run('pwd', [], '/nonexistent/folder')).rejects.toThrow('nonexistent');
  expect(await run('echo', 'on')).toBe('on\n');
});

test('a shell that is killed fails what it had to do, and is there again for the next order', async () => {
  open();
  const pid = Number(await run('sh', '-c', 'echo $PPID'));
  // It goes on without the shell: its order fails when nothing of it runs any more.
  const waiting = run('sleep', '0.5');
  waiting.catch(() => {});
  const later = run('echo', 'never');
  later.catch(() => {});
  process.kill(pid, 'SIGKILL');
  await expect(waiting).rejects.toThrow('the shell has ended');
  await expect(later).rejects.toThrow('the shell has ended');
  expect(await run('echo', 'again')).toBe('again\n');
});
