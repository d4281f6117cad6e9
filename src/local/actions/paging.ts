// Lists in pages: `MaxRecords` and `Marker` of RDS, `MaxResults` and `NextToken` of EC2.
import { Fault, invalidValue } from '../faults.ts';
import { integer, text } from '../parameters.ts';

export const PAGING = { MaxRecords: integer, Marker: text } as const;
export const EC2_PAGING = { MaxResults: integer, NextToken: text } as const;

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly marker: string | undefined;
}

interface PageInput {
  readonly MaxRecords?: number | undefined;
  readonly Marker?: string | undefined;
}

/** In the order of the keys, so that what is made or removed meanwhile moves nothing else to another page. */
export function readPage<T>(all: readonly T[], keyOf: (item: T) => string, input: PageInput): Page<T> {
  const limit = input.MaxRecords ?? 100;
  if (limit < 20 || limit > 100) {
    throw invalidValue(`Invalid value ${limit} for MaxRecords. Must be between 20 and 100`);
  }
  return cut(all, keyOf, limit, decodeMarker(input.Marker));
}

export function readEc2Page<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
): Page<T> {
  const limit = input.MaxResults ?? 1000;
  if (limit < 5 || limit > 1000) {
    throw new Fault(
      'InvalidParameterValue',
      `Value ( ${limit} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
    );
  }
  return cut(all, keyOf, limit, decodeMarker(input.NextToken));
}

function cut<T>(all: readonly T[], keyOf: (item: T) => string, limit: number, after: string): Page<T> {
  const rest = all.filter((item) => keyOf(item) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rest.length > limit && last !== undefined;
  return { items, marker: hasMore ? Buffer.from(keyOf(last)).toString('base64url') : undefined };
}

function decodeMarker(marker = ''): string {
  return Buffer.from(marker, 'base64url').toString();
}
