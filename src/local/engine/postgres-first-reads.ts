// Which files of a data directory PostgreSQL reads at once: to start, and to build a session's cache of the catalogs.
// Each begins under the number of its catalog; one that was rewritten since has another name and is read as any file.

/** Of databases that a program made: pg_type, pg_attribute, pg_class, pg_am, pg_amproc, pg_index, pg_opclass and indexes. */
const OF_A_DATABASE =
  /^base\/[1-9]\d{4,}\/(1247|1249|1259|2601|2603|2610|2616|2655|2659|2662|2678|2679|2687|2703)$/;

/** pg_authid, pg_database, pg_db_role_setting and indexes. */
const SHARED = /^global\/(1260|1262|2671|2672|2676|2677|2965|pg_control)$/;

export function isReadFirst(relativePath: string): boolean {
  return OF_A_DATABASE.test(relativePath) || SHARED.test(relativePath);
}
