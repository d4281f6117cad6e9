// The options of `local import`, and the request that they make.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { FactoryError } from '../../errors.ts';
import { IMPORT_METHODS } from '../../local/import/request.ts';
import type { CommandContext } from '../context.ts';
import { collect, parsing } from '../options.ts';
import type { Output } from '../output.ts';
import { addGivenPasswordOptions, type PasswordOptions } from '../password-options.ts';
import { readSourcePassword, type SourcePasswordOptions } from '../source-password.ts';

export interface ImportOptions extends PasswordOptions, SourcePasswordOptions {
  readonly from?: string | undefined;
  readonly cluster: string;
  readonly engine?: string | undefined;
  readonly engineVersion?: string | undefined;
  readonly method?: string | undefined;
  readonly database?: string | undefined;
  readonly schemaOnly?: boolean | undefined;
  readonly table?: readonly string[] | undefined;
  readonly excludeTable?: readonly string[] | undefined;
  readonly excludeTableData?: readonly string[] | undefined;
  readonly skipExtension?: readonly string[] | undefined;
  readonly jobs?: number | undefined;
  readonly verify: boolean;
  readonly dbUsername?: string | undefined;
  readonly wait: boolean;
  readonly abort?: boolean | undefined;
}

const MAX_JOBS = 64;
/** RDS's own proposals. */
const MASTER_USERS = { 'aurora-postgresql': 'postgres', 'aurora-mysql': 'admin' } as const;

const parseJobs = parsing((text) => {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_JOBS) return Number(text);
  throw new Error(`it must be a number from 1 to ${MAX_JOBS}.`);
});

export function addImportOptions(command: Command): Command {
  command
    .option('--from <source>', 'postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE, or a dump file')
    .requiredOption('--cluster <name>', 'the cluster that it becomes')
    .option('--password-file <file>', 'a file with the password of the source')
    .option('--password-stdin', 'read the password of the source from standard input')
    .addOption(
      new Option('--method <method>', 'copy its files, or dump and restore (default: auto)').choices(
        IMPORT_METHODS,
      ),
    )
    .option('--schema-only', 'without rows')
    .option('--table <pattern>', 'these tables only, such as sales.*; repeatable', collect)
    .option('--exclude-table <pattern>', 'without these tables, repeatable', collect)
    .option('--exclude-table-data <pattern>', 'these tables without their rows, repeatable', collect)
    .option('--skip-extension <name>', 'without this extension of PostgreSQL, repeatable', collect)
    .option('--jobs <count>', 'how much is copied at a time (default: one for each processor)', parseJobs)
    .option('--no-verify', 'do not count the rows on both sides')
    .option('--engine-version <version>', "the engine's version or its major (default: as the source)")
    .addOption(
      new Option('--engine <engine>', 'for SQL files that do not say it').choices([
        'aurora-postgresql',
        'aurora-mysql',
      ]),
    )
    .option('--database <name>', 'for dump files that name none (default: as the cluster)')
    .option('--db-username <name>', 'the master user (default: postgres, for MySQL admin)');
  return addGivenPasswordOptions(command)
    .option('--no-wait', 'return when it has begun; the same command again waits for it')
    .option('--abort', 'end the import that is under way and remove what it made');
}

/** As StartLocalImport takes it; without the master user's password. */
export async function readImportRequest(
  context: CommandContext,
  options: ImportOptions,
  output: Pick<Output, 'warn'>,
): Promise<Record<string, string>> {
  const { from } = options;
  if (from === undefined)
    throw new FactoryError('BAD_INVOCATION', 'what to import is missing', { hint: 'Name it: --from SOURCE' });
  const source = await readSource(context, from, options, output);
  return {
    DBClusterIdentifier: options.cluster,
    ...source,
    MasterUsername: options.dbUsername ?? MASTER_USERS[source.Engine],
    Jobs: String(options.jobs ?? availableParallelism()),
    Verify: String(options.verify),
    SchemaOnly: String(options.schemaOnly ?? false),
    ...pick({ EngineVersion: options.engineVersion, Method: options.method, DatabaseName: options.database }),
    ...list('Tables', options.table),
    ...list('ExcludeTables', options.excludeTable),
    ...list('ExcludeTableData', options.excludeTableData),
    ...list('SkipExtensions', options.skipExtension),
  };
}

async function readSource(
  context: CommandContext,
  from: string,
  options: ImportOptions,
  output: Pick<Output, 'warn'>,
): Promise<{ readonly Engine: 'aurora-postgresql' | 'aurora-mysql' } & Record<string, string>> {
  const { findUrlFamily } = await import('../../local/import/source-url.ts');
  const family = findUrlFamily(from);
  if (family) {
    const { url, password } = await readSourcePassword(context, from, options, output);
    return {
      Engine: family === 'postgres' ? 'aurora-postgresql' : 'aurora-mysql',
      ...{ SourceUrl: url, SourcePassword: password },
    };
  }
  if (/^[a-z]+:\/\//i.test(from)) {
    throw new FactoryError('BAD_INVOCATION', 'a source is postgres://..., mysql://... or a file');
  }
  const path = resolve(from);
  const { readDumpFile } = await import('../../local/import/dump-file.ts');
  const { engine } = await readDumpFile(path);
  const chosen = engine ?? options.engine;
  if (chosen === 'aurora-postgresql' || chosen === 'aurora-mysql')
    return { Engine: chosen, SourceFile: path };
  throw new FactoryError('BAD_INVOCATION', `${from} does not say which engine its SQL is for`, {
    hint: 'Say it: --engine aurora-postgresql or --engine aurora-mysql.',
  });
}

function list(name: string, values: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

function pick(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
