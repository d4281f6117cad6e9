// The master password as a person gives it: option, file, standard input or DB_PASSWORD. Never echoed.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FactoryError, getMessage } from '../errors.ts';
import type { CommandContext } from './context.ts';
import type { Output } from './output.ts';

export interface PasswordOptions {
  readonly dbPassword?: string | undefined;
  readonly dbPasswordFile?: string | undefined;
  readonly dbPasswordStdin?: boolean | undefined;
  readonly managePassword?: boolean | undefined;
}

export function addPasswordOptions(command: Command): Command {
  return addGivenPasswordOptions(command).option(
    '--manage-password',
    'let AWS Secrets Manager make, keep and rotate the master password',
  );
}

/** Where nobody but the caller can know the password. */
export function addGivenPasswordOptions(command: Command): Command {
  return command
    .option('--db-password <password>', 'the master password; visible in the process list')
    .option('--db-password-file <file>', 'a file with the master password')
    .option('--db-password-stdin', 'read the master password from standard input');
}

/** Undefined: none is given. */
export async function readPassword(
  { env, readInput }: Pick<CommandContext, 'env' | 'readInput'>,
  options: PasswordOptions,
  output: Pick<Output, 'warn'>,
): Promise<string | undefined> {
  const { dbPassword, dbPasswordFile, dbPasswordStdin, managePassword } = options;
  if (managePassword) {
    const given = [dbPassword, dbPasswordFile, dbPasswordStdin].some((value) => value !== undefined);
    if (!given) return undefined;
    throw new FactoryError('BAD_INVOCATION', '--manage-password leaves the password to Secrets Manager', {
      hint: 'Give no password with it.',
    });
  }
  if ([dbPassword, dbPasswordFile, dbPasswordStdin].filter((given) => given !== undefined).length > 1) {
    throw new FactoryError('BAD_INVOCATION', 'the master password is given more than once');
  }
  if (dbPasswordStdin) return checkGiven(cutLineEnd(await readInput()), 'standard input');
  if (dbPasswordFile !== undefined) {
    return checkGiven(await readPasswordFile(dbPasswordFile), dbPasswordFile);
  }
  if (dbPassword === undefined) return env['DB_PASSWORD'] || undefined;
  if (env['DB_ARTIFACT_DB_PASSWORD'] !== dbPassword) {
    output.warn('--db-password can be seen in the process list; use DB_PASSWORD or --db-password-file');
  }
  return checkGiven(dbPassword, '--db-password');
}

export async function readPasswordFile(path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_INVOCATION', `cannot read the password file ${path}: ${getMessage(error)}`);
  });
  return cutLineEnd(content);
}

function checkGiven(password: string, place: string): string {
  if (password !== '') return password;
  throw new FactoryError('BAD_INVOCATION', `the master password from ${place} is empty`);
}

/** An editor or echo adds a line end; no password has one. */
export function cutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
