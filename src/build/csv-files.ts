// Cells of a CSV file that may name another file: Liquibase's loadData reads CLOBs and BLOBs from such.

/** Short cells that look like a path with an ending; whether there is such a file, the caller sees. */
export function findFilesInCsv(text: string): readonly string[] {
  const cells = text.split(/[\n\r,;\t]/).map((cell) => cell.trim().replace(/^["']|["']$/g, ''));
  const names = cells.filter(
    (cell) => cell.length < 256 && /^[\w./ -]+\.\w{1,8}$/.test(cell) && !/^[\d.]+$/.test(cell),
  );
  return [...new Set(names)];
}
