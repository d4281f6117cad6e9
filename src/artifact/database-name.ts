// Names that Aurora accepts for a database. Both engines' rules at once: the engine is only known at build.

/** Names that one of the engines keeps for itself. */
const RESERVED = new Set([
  ...['admin', 'postgres', 'rdsadmin', 'template0', 'template1'],
  ...['mysql', 'sys', 'information_schema', 'performance_schema', 'innodb', 'tmp'],
]);

export const DATABASE_NAME_RULE =
  '1 to 63 letters, digits or underscores, beginning with a letter, and no name reserved by an engine';

export function isDatabaseName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name) && !RESERVED.has(name.toLowerCase());
}
