// How copies are shown: as a document, as facts, as rows. Never with a password.
import { formatDuration } from '../artifact/duration.ts';
import type { Copy, CopyInstance } from '../copies/list.ts';
import type { Cost } from '../copies/prices.ts';
import { formatCost, type Prices } from './prices.ts';
import { formatFacts, formatTable } from './table.ts';

/** `cost`: of an hour, where a price table was given. */
export function toCopyDocument(copy: Copy, cost?: Cost): Readonly<Record<string, unknown>> {
  return {
    name: copy.name,
    status: copy.status,
    mode: copy.mode,
    owner: copy.owner,
    source: copy.sourceId,
    engine: copy.engine,
    engineVersion: copy.engineVersion,
    endpoint: copy.endpoint ?? null,
    readerEndpoint: copy.readerEndpoint ?? null,
    port: copy.port ?? null,
    user: copy.username,
    secretArn: copy.secretArn ?? null,
    database: copy.database ?? null,
    resourceId: copy.resourceId,
    artifactDigest: copy.artifactDigest ?? null,
    gate: copy.gate ?? null,
    maskingDigest: copy.maskingDigest ?? null,
    survives: copy.isDisposable ? 'crash' : 'power cut',
    createdAt: copy.createdAt,
    expiresAt: copy.expiresAt ?? null,
    protectedUntil: copy.protectedUntil ?? null,
    costPerHour: cost ?? null,
    instances: copy.instances.map(({ id, status, instanceClass, isWriter }) => ({
      id,
      status,
      instanceClass,
      isWriter,
    })),
  };
}

export function formatCopyFacts(copy: Copy, nowMs: number): string {
  return formatFacts({
    name: copy.name,
    status: copy.status,
    endpoint: copy.endpoint,
    'reader endpoint': copy.readerEndpoint,
    port: copy.port === undefined ? undefined : String(copy.port),
    user: copy.username,
    'password in': copy.secretArn,
    database: copy.database,
    engine: `${copy.engine} ${copy.engineVersion}`,
    mode: copy.mode,
    source: copy.sourceId,
    owner: copy.owner,
    created: copy.createdAt,
    expires: formatExpiry(copy.expiresAt, nowMs),
    'protected until': copy.protectedUntil,
    instances: copy.instances
      .map((instance) => `${instance.id} (${describeInstance(instance, copy)})`)
      .join(', '),
    artifact: copy.artifactDigest,
    survives: copy.isDisposable
      ? 'a crash of its server, not a power cut: make it again then, or see local up --durable-copies'
      : undefined,
    gate: copy.gate === 'shut' ? 'shut: nobody can reach it' : copy.gate,
  });
}

/** Which one writes is said where there are several. */
function describeInstance({ instanceClass, status, isWriter }: CopyInstance, { instances }: Copy): string {
  const role = instances.length > 1 ? [isWriter ? 'writer' : 'reader'] : [];
  return [...role, instanceClass, status].join(', ');
}

export function formatCopyTable(copies: readonly Copy[], nowMs: number, prices?: Prices): string {
  if (copies.length === 0) return 'There are no copies. Make one with: db-artifact converge';
  const table = formatTable(
    [
      'name',
      'status',
      'mode',
      'source',
      'owner',
      'age',
      'expires',
      ...(prices ? ['per hour'] : []),
      'endpoint',
    ],
    copies.map((copy) => [
      copy.name,
      copy.gate === 'shut' ? `${copy.status}, shut` : copy.status,
      copy.mode,
      copy.sourceId,
      copy.owner,
      formatAge(copy.createdAt, nowMs),
      formatRemaining(copy.expiresAt, nowMs),
      ...(prices ? [formatCost(prices.estimate(copy))] : []),
      copy.endpoint === undefined ? '-' : `${copy.endpoint}:${copy.port}`,
    ]),
  );
  return prices
    ? `${table}\n\ntogether ${formatCost(prices.addUp(copies))} per hour, without storage`
    : table;
}

function formatAge(createdAt: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(createdAt)) / 1000;
  return Number.isFinite(seconds) ? formatDuration(Math.max(0, seconds)) : '-';
}

export function formatExpiry(expiresAt: string | undefined, nowMs: number): string {
  return expiresAt === undefined ? 'never' : `${expiresAt} (${formatRemaining(expiresAt, nowMs)})`;
}

function formatRemaining(expiresAt: string | undefined, nowMs: number): string {
  if (expiresAt === undefined) return 'never';
  const seconds = (Date.parse(expiresAt) - nowMs) / 1000;
  return seconds <= 0 ? `${formatDuration(-seconds)} ago` : `in ${formatDuration(seconds)}`;
}
