// Names of copies and of what is made for them. Everything is found again by name, so names are never random.
import { createHash } from 'node:crypto';

/** An identifier may have 63 characters; instances add `-1` to `-16`. */
const LONGEST = 60;
const HASH_LENGTH = 6;

/** `<source>-<owner>`; too long, its end is replaced by a hash, so that two owners never meet. */
export function makeDefaultName(sourceId: string, owner: string): string {
  const full = toIdentifier(`${sourceId}-${owner}`);
  if (full.length <= LONGEST) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, HASH_LENGTH);
  return `${full.slice(0, LONGEST - HASH_LENGTH - 1).replace(/-+$/, '')}-${hash}`;
}

export function getWriterId(name: string): string {
  return getInstanceId(name, 0);
}

/** The writer is number 0. */
export function getInstanceId(name: string, number: number): string {
  return `${name}-${number + 1}`;
}

/** `arn:aws:sts::1:assumed-role/Developer/alice@example.com` is `alice@example.com`. */
export function getOwner(callerArn: string): string {
  const last = callerArn.split(/[/:]/).at(-1) ?? '';
  return last === '' ? 'unknown' : toTagValue(last);
}

/** RDS tags allow fewer characters than other tags: letters, digits, blanks and `_ . : / = + - @`. */
export function toTagValue(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.:/=+\-@]/gu, '-').slice(0, 256);
}

function toIdentifier(text: string): string {
  const parts = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '');
  const joined = parts.join('-');
  return /^[a-z]/.test(joined) ? joined : `copy-${joined}`;
}
