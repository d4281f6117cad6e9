// Kinds of values that an INI file can hold: what a value must be, in words, and how its text is read.
import { findCidr } from './cidr.ts';
import { CLUSTER_ID_RULE, isClusterId } from './copy-name.ts';
import { DATABASE_NAME_RULE, isDatabaseName } from './database-name.ts';
import { findDuration } from './duration.ts';
import type { SourceSpec } from './spec.ts';
import { findBackupWindow, findMaintenanceWindow } from './windows.ts';

export interface Kind<T> {
  /** Completes the sentence `... must be`. */
  readonly must: string;
  /** Undefined when the text is no such value. */
  find(text: string): T | undefined;
}

/** One of the given words, or else a value of `kind`. */
export function either<const W extends string, T>(words: readonly W[], kind: Kind<T>): Kind<W | T> {
  return {
    must: `${words.map((word) => `"${word}"`).join(', ')} or ${kind.must}`,
    find: (text) => words.find((word) => word === text) ?? kind.find(text),
  };
}

export function oneOf<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    must: `one of ${words.join(', ')}`,
    find: (text) => words.find((word) => word === text),
  };
}

/** Text of one line that `pattern` matches as a whole. */
export function matching(must: string, pattern: RegExp): Kind<string> {
  return { must, find: (text) => (pattern.test(text) ? text : undefined) };
}

export function wholeNumber(must: string, isFit: (value: number) => boolean): Kind<number> {
  return {
    must,
    find(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return isFit(value) ? value : undefined;
    },
  };
}

export function between(least: number, most: number): Kind<number> {
  return wholeNumber(`a whole number from ${least} to ${most}`, (value) => value >= least && value <= most);
}

/** Aurora capacity units, in steps of 0.5. */
export function acu(least: number): Kind<number> {
  return {
    must: `a number from ${least} to 256 in steps of 0.5`,
    find(text) {
      const value = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= 256 && Number.isInteger(value * 2) ? value : undefined;
    },
  };
}

/** Different items with commas between them; blanks around them do not count. */
export function listOf<T>(
  what: string,
  item: Pick<Kind<T>, 'find'>,
  counts: { least: number; most: number } = { least: 1, most: 100 },
): Kind<readonly T[]> {
  return {
    must: what,
    find(text) {
      const items = text.split(',').map((part) => item.find(part.trim()));
      const found = items.filter((value) => value !== undefined);
      const isFit = found.length === items.length && new Set(found).size === found.length;
      return isFit && found.length >= counts.least && found.length <= counts.most ? found : undefined;
    },
  };
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ yes: true, true: true, on: true, '1': true },
  ...{ no: false, false: false, off: false, '0': false },
};

export const boolean: Kind<boolean> = {
  must: 'yes or no',
  find: (text) => BOOLEANS[text.toLowerCase()],
};

export const line = matching('one line of text', /^[^\p{Cc}]{1,500}$/u);
export const path = matching('a path', /^[^\p{Cc}]{1,1000}$/u);
export const webAddress = matching('a web address (https://...)', /^https?:\/\/[^\s\p{Cc}]{1,500}$/u);

export const duration: Kind<number> = {
  must: 'a duration such as 90s, 30m, 8h, 7d or 1w',
  find: findDuration,
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Backtrack.html */
export const LONGEST_BACKTRACK_SECONDS = 259_200;

/** Seconds. */
export const backtrackWindow: Kind<number> = {
  must: '0 or a duration up to 72h, such as 24h',
  find(text) {
    const seconds = text === '0' ? 0 : findDuration(text);
    return seconds !== undefined && seconds <= LONGEST_BACKTRACK_SECONDS ? seconds : undefined;
  },
};

export const databaseName: Kind<string> = {
  must: DATABASE_NAME_RULE,
  find: (text) => (isDatabaseName(text) ? text : undefined),
};

export const cidr: Kind<string> = {
  must: 'an address or a block such as 10.1.0.0/16',
  find: findCidr,
};

export const backupWindow: Kind<string> = {
  must: 'HH:MM-HH:MM in UTC, at least 30 minutes',
  find: findBackupWindow,
};

export const maintenanceWindow: Kind<string> = {
  must: 'ddd:HH:MM-ddd:HH:MM in UTC, at least 30 minutes and less than a day',
  find: findMaintenanceWindow,
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html */
export const parameterGroup = matching(
  'a parameter group (letters, digits, single hyphens, beginning with a letter)',
  /^(default\.[a-z0-9.-]+|(?=.{1,255}$)[A-Za-z](-?[A-Za-z0-9])*)$/,
);

const CLUSTER_ARN = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster:(.+)$/;

/** An identifier, or the full ARN of any partition; identifiers are kept in lower case, as RDS does. */
export const clusterReference: Kind<SourceSpec> = {
  must: `a cluster identifier (${CLUSTER_ID_RULE}) or a full cluster ARN`,
  find(text) {
    const [arn, region, ownId] = CLUSTER_ARN.exec(text) ?? [];
    const clusterId = (ownId ?? text).toLowerCase();
    if (!isClusterId(clusterId)) return undefined;
    return arn === undefined ? { clusterId } : { clusterId, arn, region };
  },
};

/** `name=value` pairs with commas between them. */
export const parameters: Kind<Readonly<Record<string, string>>> = {
  must: 'name=value pairs with commas between them',
  find(text) {
    const pairs = text.split(',').map((pair) => /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(pair));
    if (pairs.some((pair) => pair === null)) return undefined;
    const entries = pairs.map((pair): [string, string] => [pair?.[1] ?? '', pair?.[2] ?? '']);
    return new Set(entries.map(([name]) => name)).size === entries.length
      ? Object.fromEntries(entries)
      : undefined;
  },
};
