// Amazon Resource Names of the local RDS. Knows names only.

/** Where resources are. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

export type ArnKind = 'cluster' | 'cluster-snapshot' | 'db' | 'subgrp' | 'cluster-pg' | 'pg';

export function makeArn({ region, accountId }: Place, kind: ArnKind, name: string): string {
  return `arn:aws:rds:${region}:${accountId}:${kind}:${name}`;
}

/** Names may hold colons, hence the limit. */
export function parseArn(arn: string): { place: Place; kind: string; name: string } | undefined {
  const match = /^arn:aws:rds:([a-z0-9-]+):(\d{12}):([a-z-]+):(.+)$/.exec(arn);
  if (!match) return undefined;
  const [, region = '', accountId = '', kind = '', name = ''] = match;
  return { place: { region, accountId }, kind, name };
}

/** The name in an ARN of this kind and place, or the text itself when it is no ARN. */
export function nameFromArn(text: string, kind: ArnKind, place: Place): string | undefined {
  if (!text.startsWith('arn:')) return text;
  const arn = parseArn(text);
  const isHere = arn?.place.region === place.region && arn.place.accountId === place.accountId;
  return isHere && arn.kind === kind ? arn.name : undefined;
}
