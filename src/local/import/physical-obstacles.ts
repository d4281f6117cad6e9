// Why a PostgreSQL source cannot be copied file by file: by what it is, by what was asked for, by what is here.
import { runProgram } from '../../run.ts';
import type { Engine } from '../engine/engine.ts';
import type { PostgresFacts } from './postgres-facts.ts';
import type { ImportRequest } from './request.ts';

const ARCHITECTURES: Readonly<Record<string, RegExp>> = { x64: /\bx86_64\b/, arm64: /\b(aarch64|arm64)\b/ };
/** The order of bytes is the same everywhere. */
const PLAIN_LOCALE = /^(C|POSIX)(\.|$)/i;

/** Nothing is asked of the source. */
export async function findObstacles(
  facts: PostgresFacts,
  engine: Engine,
  request: ImportRequest,
): Promise<readonly string[]> {
  const { tables, excludedTables, emptyTables, isSchemaOnly, skippedExtensions } = request;
  const isWhole = [tables, excludedTables, emptyTables, skippedExtensions].every((list) => list.length === 0);
  const found: Record<string, boolean> = {
    'only a part of it was asked for': isSchemaOnly || !isWhole,
    'its user may not replicate': !facts.mayReplicate,
    [`it has version ${facts.majorVersion}, and ${engine.version} was picked here`]:
      engine.majorVersion !== String(facts.majorVersion),
    'it runs on another processor or system': !isSameMachine(facts.build),
    'it is a standby': facts.isStandby,
    'it has tablespaces': facts.tablespaces > 0,
    'it has prepared transactions': facts.preparedTransactions > 0,
    'its files have other sizes': facts.segmentSize !== '16MB' || facts.blockSize !== '8192',
    'it has a role rdsadmin': facts.hasAdmin,
    'its texts are sorted by another version of the C library': !(await isSameLibc(facts)),
    'it has locales that are not here': !(await hasLocales(facts.locales)),
  };
  return Object.entries(found).flatMap(([sentence, isSo]) => (isSo ? [sentence] : []));
}

function isSameMachine(build: string): boolean {
  const system = process.platform === 'darwin' ? /darwin/ : /linux/;
  return (ARCHITECTURES[process.arch]?.test(build) ?? false) && system.test(build);
}

/** An index that was sorted by other rules would not find its rows. */
async function isSameLibc({ libcVersion, locales }: PostgresFacts): Promise<boolean> {
  if (locales.every((locale) => PLAIN_LOCALE.test(locale))) return true;
  const { stdout } = await runSystem('getconf', ['GNU_LIBC_VERSION']);
  return libcVersion !== undefined && stdout.trim() === `glibc ${libcVersion}`;
}

async function hasLocales(locales: readonly string[]): Promise<boolean> {
  const normalize = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const { stdout } = await runSystem('locale', ['-a']);
  const here = ['C', 'POSIX', ...stdout.split('\n')].map(normalize);
  return locales.every((locale) => here.includes(normalize(locale)));
}

async function runSystem(program: string, args: readonly string[]) {
  const options = { env: { PATH: '/usr/bin:/bin' }, timeoutMs: 10_000 };
  return await runProgram(program, args, options).catch(() => ({ stdout: '' }));
}
