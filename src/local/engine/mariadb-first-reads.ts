// Which files of a data directory MariaDB reads at its start: accounts, plugins, time zones and the log of Aria. Those of
// InnoDB are too large to be worth it.

const AT_START = /^(mysql\/(?!help_|proc\.)[a-z_]+\.(MAI|MAD)|aria_log_control|aria_log\.\d{8})$/;

export function isReadFirst(relativePath: string): boolean {
  return AT_START.test(relativePath);
}
