// Options that several commands share, and the environment variable that every option has.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration, parseExpiry } from '../artifact/duration.ts';
import { FactoryError, getMessage } from '../errors.ts';
import { OUTPUT_FORMATS, PROGRESS_FORMATS } from './output.ts';

export interface AwsOptions {
  readonly awsProfile?: string | undefined;
  readonly awsCredentials?: string | undefined;
  readonly region?: string | undefined;
}

export function addAwsOptions(command: Command): Command {
  return command
    .option('--aws-profile <name>', 'the AWS profile to use (default: AWS_PROFILE, else `default`)')
    .option('--aws-credentials <file>', 'the AWS credentials file to read')
    .option('--region <region>', 'the AWS region (default: the environment or the profile)');
}

export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(OUTPUT_FORMATS))
    .option('--json', 'short for --output json')
    .option('-q, --quiet', 'print the essential only, and no progress')
    .addOption(new Option('--progress <format>', 'form of the progress').choices(PROGRESS_FORMATS))
    .option('--debug', 'show where errors come from');
}

/** An argument parser whose complaint keeps its own words. */
export function parsing<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(getMessage(error));
    }
  };
}

/** `8h` or a time, as seconds from now. */
export const parseTtl = parsing((text) => Math.ceil((parseExpiry(text, Date.now()) - Date.now()) / 1000));

/** For commands where a copy may live for ever. */
export const parseTtlOrNone = (text: string): number | 'none' => (text === 'none' ? text : parseTtl(text));

export const parsePort = parsing((text) => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error('a port is a number up to 65535.');
});

/** `8G` as bytes; units are powers of 1024, as programs that take sizes of memory and disks have them. */
export const parseSize = parsing((text) => {
  const [, count, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\s*([KMGT])(?:i?B)?$/i.exec(text) ?? [];
  if (count === undefined) throw new Error('a size is like 512M, 8G or 1.5T.');
  return Math.round(Number(count) * 1024 ** (1 + 'KMGT'.indexOf(unit.toUpperCase())));
});

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const LOWEST_PORT = 1150; // as RDS has it

export const parsePorts = parsing((text): PortRange => {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (range.first >= LOWEST_PORT && range.first <= range.last && range.last <= 65_535) return range;
  throw new Error(`ports are like 20000-20999, from ${LOWEST_PORT} to 65535.`);
});

const SHORTEST_SLEEP_S = 2;

/** In milliseconds. */
export const parseSleep = parsing((text) => {
  const seconds = parseDuration(text);
  if (seconds >= SHORTEST_SLEEP_S) return seconds * 1000;
  throw new Error(`it must be at least ${SHORTEST_SLEEP_S}s.`);
});

const MOST_SPARES = 100;

export const parseWarm = parsing((text) => {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MOST_SPARES) return Number(text);
  throw new Error(`it must be a number from 0 to ${MOST_SPARES}.`);
});

/** `--db-password-file` is DB_ARTIFACT_DB_PASSWORD_FILE. */
export function getVariableName(option: Pick<Option, 'long' | 'short'>): string {
  return `DB_ARTIFACT_${(option.long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

/** Fills in what the command line leaves open, from the variables of `command` and of those above it. */
export function applyEnvironment(command: Command, env: NodeJS.ProcessEnv): void {
  for (let level: Command | null = command; level; level = level.parent) {
    for (const option of level.options) {
      const text = env[getVariableName(option)];
      const source = level.getOptionValueSource(option.attributeName());
      if (text === undefined || text === '' || (source !== undefined && source !== 'default')) continue;
      const value = readVariable(option, text, level.getOptionValue(option.attributeName()));
      if (value !== undefined) level.setOptionValueWithSource(option.attributeName(), value, 'env');
    }
  }
}

/** Undefined: a flag that the variable leaves off. */
function readVariable(option: Option, text: string, previous: unknown): unknown {
  if (option.isBoolean()) return /^(0|false|no|off)$/i.test(text) ? undefined : !option.negate;
  try {
    return option.parseArg ? option.parseArg(text, previous) : text;
  } catch (error) {
    throw new FactoryError('BAD_INVOCATION', `${getVariableName(option)}=${text}: ${getMessage(error)}`);
  }
}

/** 0.1.0 wrote flags with underscores: `--db_password` is `--db-password`. Values stay as they are. */
export function normalizeFlag(argument: string): string {
  const [, name, rest] = /^(--[a-z][a-z_]*)(=.*)?$/s.exec(argument) ?? [];
  return name === undefined ? argument : `${name.replaceAll('_', '-')}${rest ?? ''}`;
}

/** As collect, where one value may hold several with commas between. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  const values = value.split(',').map((one) => one.trim());
  return [...previous, ...values.filter((one) => one !== '')];
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
