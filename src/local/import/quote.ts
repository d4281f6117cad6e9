// Names and texts in SQL, for both families.

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteMysqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
