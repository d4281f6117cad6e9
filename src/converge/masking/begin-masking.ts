// The beginning of masking: what is there, what the policy says to it, and whether an earlier run has begun already.
import { createHash } from 'node:crypto';
import type { CompiledSql } from '../../artifact/compiled-sql.ts';
import type { MaskingPolicy } from '../../artifact/masking-policy.ts';
import { FactoryError } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import type { CopyRecords } from '../records.ts';
import { getMaskingDigest } from './digest.ts';
import { readSchema } from './read-schema.ts';
import { resolvePolicy, type TablePlan } from './resolve-policy.ts';
import type { DatabaseSchema, ForeignKey } from './schema.ts';
import type { MaskingServer, MaskingSession } from './server.ts';
import { loadWords } from './words.ts';

export interface MaskDatabaseOptions {
  /** A new connection as the master user; `database` only where another than the masked one is meant. */
  readonly connect: (database?: string) => Promise<SqlConnection>;
  readonly family: SqlFamily;
  /** Resource id of the copy's cluster: records of another copy do not count. */
  readonly copyId: string;
  readonly policy?: MaskingPolicy | undefined;
  /** SQL of the publisher's own, which runs when the policy has been applied. */
  readonly sql?: CompiledSql | undefined;
  /** Where the policy names none. */
  readonly seed: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Tables masked at the same time; default 4. */
  readonly parallel?: number | undefined;
}

/** Name of the step in the records of a copy. */
export const STEP = 'masking';

export async function beginMasking(
  connection: SqlConnection,
  connect: () => Promise<SqlConnection>,
  server: MaskingServer,
  records: CopyRecords,
  options: MaskDatabaseOptions,
): Promise<MaskingSession> {
  const digest = getDigest(options);
  const done = await records.list(connection, STEP);
  const begun = parseBegun(done.get('begun'));
  if (begun !== undefined && begun.digest !== digest) throw makeOtherPolicyError();
  const read = await readSchema(connection, options.family, options.connect);
  const schema = begun === undefined ? read : { ...read, foreignKeys: begun.foreignKeys };
  const plans = checkDatabase(options, schema);
  const seed = createHash('sha256')
    .update(options.policy?.seed ?? options.seed)
    .digest('hex');
  const words = await loadWords(options.policy?.locale ?? 'en');
  const session = {
    connection,
    connect,
    records,
    step: STEP,
    schema,
    plans,
    policy: options.policy,
    seed,
    words,
    digest,
  };
  await server.begin(
    session,
    begun === undefined ? JSON.stringify({ digest, foreignKeys: schema.foreignKeys }) : undefined,
  );
  return session;
}

export function getDigest({ policy, sql }: MaskDatabaseOptions): string {
  return getMaskingDigest({ maskingPolicy: policy, maskingSql: sql }) ?? 'none';
}

export function makeOtherPolicyError(): FactoryError {
  return new FactoryError('CONFLICT', 'masking of this copy was begun with another policy', {
    hint: 'Destroy the copy and converge again.',
  });
}

interface Begun {
  readonly digest: string;
  readonly foreignKeys: readonly ForeignKey[];
}

function parseBegun(text: string | undefined): Begun | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Begun);
}

function checkDatabase({ policy }: MaskDatabaseOptions, schema: DatabaseSchema): readonly TablePlan[] {
  if (policy === undefined) return [];
  const { tables, problems } = resolvePolicy(policy, schema);
  if (problems.length === 0) return tables;
  throw new FactoryError('REFUSED', 'the masking policy does not cover the database, so nobody gets it', {
    problems,
    hint: 'The publisher must build the artifact again with a policy that covers the source as it is now.',
  });
}
