// Makes SQL text of mysqldump or mariadb-dump fit for a new local server: what has a definer gets the master user, since
// accounts do not come along; MySQL's newest collations get MariaDB's nearest; settings of replication go.

/** https://mariadb.com/kb/en/supported-character-sets-and-collations/ */
const COLLATIONS: readonly (readonly [RegExp, string])[] = [
  [/utf8mb4_0900_as_c[si]/g, 'utf8mb4_bin'],
  [/utf8mb4(_[a-z]+)*_0900_[a-z_]+/g, 'utf8mb4_unicode_520_ci'],
];
const DEFINER = /DEFINER\s*=\s*`(?:[^`]|``)*`@`(?:[^`]|``)*`/g;
/** Statements that mysqldump begins a line with; a definer elsewhere is part of somebody's text. */
const DEFINES = /^(CREATE\b|\/\*!\d+ (CREATE|DEFINER))/;
/** https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html#option_mysqldump_set-gtid-purged */
const REPLICATION =
  /^(SET @@GLOBAL\.GTID_PURGED|SET @@SESSION\.SQL_LOG_BIN|SET @MYSQLDUMP_TEMP_LOG_BIN|CHANGE MASTER TO)/;
const ROWS = /^(INSERT|REPLACE) /;
/** Of a line that may hold a megabyte of rows. */
const LOOKED_AT = 64;

export interface TextChanges {
  readonly master: string;
  /** Called once for each kind of change. */
  readonly note: (text: string) => void;
}

export function makeMysqlRewriter({ master, note }: TextChanges): (line: Buffer) => Buffer | undefined {
  const account = `DEFINER=\`${master}\`@\`%\``;
  let isReplication = false;
  return (line) => {
    const start = line.subarray(0, LOOKED_AT).toString('latin1');
    if (ROWS.test(start) || start.startsWith('(')) return line;
    if (isReplication || REPLICATION.test(start)) {
      isReplication = !/;\s*(\*\/)?\s*$/.test(line.toString('latin1'));
      return undefined;
    }
    // Bytes that are no UTF-8 must stay as they are.
    let text = line.toString('latin1');
    if (DEFINES.test(text)) {
      const changed = text.replace(DEFINER, Buffer.from(account).toString('latin1'));
      if (changed !== text) note('the master user is the definer of views, routines, triggers and events');
      text = changed;
    }
    for (const [pattern, collation] of COLLATIONS) {
      const changed = text.replace(pattern, collation);
      if (changed !== text) note("MySQL's collations of version 9.0.0 became the nearest that MariaDB has");
      text = changed;
    }
    return Buffer.from(text, 'latin1');
  };
}
