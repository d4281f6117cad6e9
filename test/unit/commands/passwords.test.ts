import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPassword } from '../../../src/commands/password-options.ts';
import { findPassword, forgetPassword, keepPassword } from '../../../src/commands/passwords.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'db-artifact-passwords-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('passwords of copies', () => {
  it('are kept for their owner alone, and forgotten', async () => {
    const copies = join(folder, 'copies');
    await keepPassword(copies, 'cluster-A', 'secret');
    expect(await findPassword(copies, 'cluster-A')).toBe('secret');
    expect((await stat(join(copies, 'cluster-A.password'))).mode & 0o777).toBe(0o600);
    expect((await stat(copies)).mode & 0o777).toBe(0o700);
    await forgetPassword(copies, 'cluster-A');
    expect(await findPassword(copies, 'cluster-A')).toBeUndefined();
  });

  it('never leave their folder', async () => {
    await expect(findPassword(folder, '../x')).rejects.toThrow('resource id');
  });
});

describe('a password that is given', () => {
  const warnings: string[] = [];
  const output = { warn: (message: string) => void warnings.push(message) };
  const context = (env = {}, input = '') => ({ env, readInput: async () => input });

  it('is read from a file or standard input without its line end', async () => {
    const file = join(folder, 'password');
    await writeFile(file, 'from file\n');
    expect(await readPassword(context(), { dbPasswordFile: file }, output)).toBe('from file');
    expect(await readPassword(context({}, 'from input\r\n'), { dbPasswordStdin: true }, output)).toBe(
      'from input',
    );
  });

  it('is DB_PASSWORD when no option gives one', async () => {
    expect(await readPassword(context({ DB_PASSWORD: 'x' }), {}, output)).toBe('x');
    expect(await readPassword(context(), {}, output)).toBeUndefined();
  });

  it('is warned of on the command line', async () => {
    await readPassword(context(), { dbPassword: 'seen-secret' }, output);
    expect(warnings.join()).toContain('process list');
    expect(warnings.join()).not.toContain('seen-secret');
  });

  it('is refused twice, or empty', async () => {
    const twice = readPassword(context(), { dbPassword: 'x', dbPasswordStdin: true }, output);
    await expect(twice).rejects.toThrow('more than once');
    await expect(readPassword(context(), { dbPasswordStdin: true }, output)).rejects.toThrow('is empty');
  });
});
