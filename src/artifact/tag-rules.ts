// Which tags RDS and EC2 both accept, and which are the tool's own.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html

/** RDS permits 50; the rest is room for the tool's own. */
export const MOST_TAGS = 30;
const RESERVED_PREFIX = /^(aws|rds|db-artifact)(:|$)/i;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What is wrong with a tag, as the end of a sentence that begins with its key; undefined when nothing is. */
export function findTagFault(key: string, value: string): string | undefined {
  if (RESERVED_PREFIX.test(key)) return 'must not begin with a prefix that is reserved';
  if (key.length > 127 || !ALLOWED.test(key)) {
    return 'must be 1 to 127 letters, digits, blanks or _.:/=+-@';
  }
  if (value.length > 256 || !ALLOWED.test(value)) {
    return `must be up to 256 letters, digits, blanks or _.:/=+-@, got "${value}"`;
  }
  return undefined;
}
