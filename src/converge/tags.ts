// The tags of a copy: its whole state, so that any machine can list, resume, extend and destroy it.
import { TAG_PREFIX } from '../aws/owned.ts';
import type { Tag } from '../aws/types.ts';
import { toTagValue } from './names.ts';

export interface CopyTags {
  readonly name: string;
  readonly run: string;
  readonly owner: string;
  /** Cluster identifier of the source. */
  readonly source: string;
  readonly 'source-resource': string;
  readonly mode: string;
  /** Image digest. */
  readonly artifact?: string | undefined;
  /**
   * Absent: there is nothing to wait for. Written as `kept` when it was asked to stay after a failure, and as `open`
   * only when all of it has been done.
   */
  readonly gate?: 'shut' | undefined;
  /** Digest of what it is masked by. */
  readonly masking?: string | undefined;
  readonly created: string;
  /** Absent: never. Times are RFC 3339. */
  readonly expires?: string | undefined;
  readonly 'max-ttl'?: string | undefined;
}

/** A run at work on a copy that is not finished. */
export interface Making {
  /** RFC 3339, as `seen`. A run that does not end until then has died. */
  readonly until: string;
  /** Undefined: it ended without finishing the copy, and anyone may go on. */
  readonly runId: string | undefined;
  /** When it last showed that it lives; undefined: it has not done so, or cannot. */
  readonly seen: string | undefined;
}

/** The artifact's own tags, then the tool's. RDS replaces all of a source's tags when a restore brings any. */
export function makeTags(tags: CopyTags, extra: Readonly<Record<string, string>>): Tag[] {
  const own = Object.entries(tags)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([key, value]) => makeTag(key, value));
  return [...Object.entries(extra).map(([Key, Value]) => ({ Key, Value })), ...own];
}

export function makeTag(key: string, value: string): { Key: string; Value: string } {
  return { Key: `${TAG_PREFIX}${key}`, Value: toTagValue(value) };
}

/** RFC 3339, UTC, to the second. */
export function formatTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

export function parseMaking(value: string | undefined): Making | undefined {
  if (value === undefined) return undefined;
  const [until = '', runId, seen] = value.split(' ');
  return { until, runId, seen };
}
