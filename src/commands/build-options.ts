// What the build needs of this machine beside the INI file: who reads the source, and a database for the rehearsal.
import { readFile, writeFile } from 'node:fs/promises';
import type { AwsConnection } from '../aws/connect.ts';
import type { BuildRequest } from '../build/build.ts';
import type { SourceLogin } from '../build/source-database.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { CommandContext } from './context.ts';

export interface SourceOptions {
  readonly sourceDbUsername?: string | undefined;
  readonly sourceDbPasswordFile?: string | undefined;
}

/** Undefined: the source's database is not looked into. */
export async function readSourceLogin(options: SourceOptions): Promise<SourceLogin | undefined> {
  const { sourceDbUsername: user, sourceDbPasswordFile: path } = options;
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_INVOCATION', `cannot read the password file ${path}: ${getMessage(error)}`);
  });
  return { user, password: text.replace(/\r?\n$/, '') };
}

/** A file that is there already is never overwritten. */
export async function writeDraft(
  context: Pick<CommandContext, 'env'>,
  aws: AwsConnection,
  of: { readonly iniPath: string; readonly login: SourceLogin | undefined; readonly path: string },
): Promise<void> {
  if (of.login === undefined) {
    throw new FactoryError('BAD_INVOCATION', '--draft-policy reads the source, so it needs its password', {
      hint: 'Add --source-db-password-file.',
    });
  }
  const { readSpec } = await import('../artifact/read-spec.ts');
  const { draftPolicyOfSource } = await import('../build/source-database.ts');
  const ini = await readFile(of.iniPath, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_CONFIGURATION', `cannot read ${of.iniPath}: ${getMessage(error)}`);
  });
  const { source } = readSpec(ini, of.iniPath);
  const text = await draftPolicyOfSource({ source, aws, login: of.login, env: context.env });
  await writeFile(of.path, text, { flag: 'wx' }).catch((error: unknown) => {
    throw new FactoryError('BAD_INVOCATION', `cannot write ${of.path}: ${getMessage(error)}`);
  });
}

/** Servers of the local RDS; the programs are shared with it, nothing else is. */
export function makeRehearsalStarter({
  folders,
}: Pick<CommandContext, 'folders'>): NonNullable<BuildRequest['startThrowAwayDatabase']> {
  return async (family) => {
    const { startThrowAway } = await import('../local/throw-away.ts');
    return await startThrowAway({
      dataDir: folders.localDir,
      postgresBins: [],
      family: family === 'postgres' ? 'aurora-postgresql' : 'aurora-mysql',
      databaseName: 'rehearsal',
    });
  };
}
