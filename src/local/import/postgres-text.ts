// Reads SQL text of pg_dump, line by line: what is in it, and what of it goes to the new server.
import type { Counts } from './verify.ts';

export interface PostgresText {
  readonly version: string | undefined;
  readonly extensions: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** Those of them that own something. */
  readonly owners: ReadonlySet<string>;
  /** Of `\connect`: the dump makes these databases itself. */
  readonly databases: ReadonlySet<string>;
  readonly isOfCluster: boolean;
  /** Rows come as statements, not as COPY: they cannot be told from others. */
  readonly hasInserts: boolean;
  readonly counts: Counts;
}

const IDENTIFIER = /"(?:[^"]|"")+"|[a-z_][\w$]*/g;
const OWNER = /^ALTER .* OWNER TO ("(?:[^"]|"")+"|[^\s;]+);$/;
const COPY = /^COPY (\S.*?) (?:\(.*\) )?FROM stdin;$/;
const SETVAL = /^SELECT pg_catalog\.setval\('(.+)', (\d+), (true|false)\);$/;

export function makePostgresScanner(): { take(line: Buffer): void; readonly found: PostgresText } {
  const tables = new Map<string, number>();
  const sequences = new Map<string, bigint>();
  const extensions = new Set<string>();
  const roles = new Set<string>();
  const owners = new Set<string>();
  const databases = new Set<string>();
  const found = { version: undefined as string | undefined, isOfCluster: false, hasInserts: false };
  let table: string | undefined;
  let rows = 0;
  return {
    take(line) {
      if (table !== undefined) {
        if (!isEndOfCopy(line)) rows++;
        else {
          tables.set(table, rows);
          table = undefined;
        }
        return;
      }
      const text = line.toString('utf8').trimEnd();
      table = findCopy(text);
      rows = 0;
      found.version ??= /^-- Dumped from database version (\d+(?:\.\d+)*)/.exec(text)?.[1];
      found.isOfCluster ||= /^-- PostgreSQL database cluster dump/.test(text);
      found.hasInserts ||= text.startsWith('INSERT INTO ');
      for (const role of listRoles(text)) roles.add(role);
      addName(owners, OWNER.exec(text)?.[1]);
      addName(extensions, /^CREATE EXTENSION (?:IF NOT EXISTS )?(\S+)/.exec(text)?.[1]);
      addName(databases, /^\\connect (?:-reuse-previous=\w+ )?("(?:[^"]|"")+"|[^\s"]+)/.exec(text)?.[1]);
      const [, sequence, value, isCalled] = SETVAL.exec(text) ?? [];
      if (sequence && value)
        sequences.set(sequence.replaceAll("''", "'"), BigInt(value) * 2n + (isCalled === 'true' ? 1n : 0n));
    },
    get found() {
      return { ...found, extensions, roles, owners, databases, counts: { tables, sequences } };
    },
  };
}

export interface TextFilter {
  readonly isSchemaOnly: boolean;
  readonly isEmptied: (table: string) => boolean;
  readonly skippedExtensions: readonly string[];
}

/** Databases are made by whoever imports; psql's own commands, of which pg_dump writes a few, go to nobody. */
export function makePostgresFilter(filter: TextFilter): (line: Buffer) => Buffer | undefined {
  let isCopy = false;
  let isDropped = false;
  return (line) => {
    if (isCopy) {
      if (isEndOfCopy(line)) isCopy = false;
      return isDropped ? undefined : line;
    }
    const text = line.subarray(0, 4096).toString('utf8').trimEnd();
    const table = findCopy(text);
    if (table !== undefined) {
      isCopy = true;
      isDropped = filter.isSchemaOnly || filter.isEmptied(table);
      return isDropped ? undefined : line;
    }
    const isOfDatabase = /^(\\|CREATE DATABASE |ALTER DATABASE |DROP DATABASE )/.test(text);
    const isOfRows = filter.isSchemaOnly && SETVAL.test(text);
    const [, extension] =
      /^(?:CREATE EXTENSION (?:IF NOT EXISTS )?|COMMENT ON EXTENSION )([^\s;]+)/.exec(text) ?? [];
    const isSkipped = extension !== undefined && filter.skippedExtensions.includes(unquote(extension));
    return isOfDatabase || isOfRows || isSkipped ? undefined : line;
  };
}

function findCopy(text: string): string | undefined {
  return text.startsWith('COPY ') ? COPY.exec(text)?.[1] : undefined;
}

function isEndOfCopy(line: Buffer): boolean {
  return line[0] === 0x5c && line[1] === 0x2e && line.length <= 4;
}

/** Owners, and who rights are given to. */
function listRoles(text: string): readonly string[] {
  const [, owner] = OWNER.exec(text) ?? [];
  const [, creator] = /^ALTER DEFAULT PRIVILEGES FOR ROLE ("(?:[^"]|"")+"|\S+) /.exec(text) ?? [];
  const isGrant = /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /.test(text);
  const [, grantees = ''] = isGrant
    ? (/ (?:TO|FROM) ((?:(?! TO | FROM ).)+?)(?: WITH GRANT OPTION)?;$/.exec(text) ?? [])
    : [];
  const names = [owner, creator, ...(grantees.match(IDENTIFIER) ?? [])].filter((name) => name !== undefined);
  return names.filter((name) => !/^(public|current_user|session_user|pg_.*)$/i.test(name)).map(unquote);
}

function addName(names: Set<string>, name: string | undefined): void {
  if (name !== undefined) names.add(unquote(name.replace(/;$/, '')));
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
