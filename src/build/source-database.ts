// Looks into the source's own database at build, where its password is given: a policy is held to the real schema, or
// a first draft of one is made. Reads only.
import type { MaskingPolicy } from '../artifact/masking-policy.ts';
import type { SourceSpec } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { getSource } from '../aws/source.ts';
import { describeConnection } from '../converge/login.ts';
import { checkPolicy } from '../converge/masking/check-policy.ts';
import { readSchema } from '../converge/masking/read-schema.ts';
import { sampleValues } from '../converge/masking/sample-values.ts';

import { connectDatabase, type SqlConnection, type SqlFamily } from '../sql/connect.ts';
import { draftPolicy } from './draft-policy.ts';

/** Who reads the source at build. It is used and forgotten, never kept in an image. */
export interface SourceLogin {
  /** Default: the master user. */
  readonly user?: string | undefined;
  readonly password: string;
}

export interface SourceDatabaseOptions {
  readonly source: SourceSpec;
  readonly aws: AwsConnection;
  readonly login: SourceLogin;
  readonly env: NodeJS.ProcessEnv;
}

const TIMEOUT_MS = 15_000;

/** Throws BAD_CONFIGURATION with every table and column that the policy does not cover. */
export async function checkPolicyOfSource(
  policy: MaskingPolicy,
  options: SourceDatabaseOptions,
): Promise<void> {
  await readFromSource(options, async (connection, family, connect) => {
    checkPolicy(policy, await readSchema(connection, family, connect));
  });
}

/** The text of a policy file. */
export async function draftPolicyOfSource(options: SourceDatabaseOptions): Promise<string> {
  return await readFromSource(options, async (connection, family, connect) => {
    const schema = await readSchema(connection, family, connect);
    return draftPolicy(schema, await sampleValues(connection, schema));
  });
}

async function readFromSource<T>(
  { source, aws, login, env }: SourceDatabaseOptions,
  read: (
    connection: SqlConnection,
    family: SqlFamily,
    connect: (database: string) => Promise<SqlConnection>,
  ) => Promise<T>,
): Promise<T> {
  const { cluster } = await getSource(aws, source);
  const { engine, user: master, ...place } = describeConnection(cluster, login.password);
  const family = engine === 'aurora-mysql' ? 'mysql' : 'postgres';
  const { password } = login;
  const options = {
    ...place,
    password,
    user: login.user ?? master,
    family,
    timeoutMs: TIMEOUT_MS,
    env,
  } as const;
  const connection = await connectDatabase(options);
  try {
    const start =
      family === 'mysql' ? 'SET SESSION TRANSACTION READ ONLY' : 'SET default_transaction_read_only = on';
    await connection.query(start);
    return await read(connection, family, (database) => connectDatabase({ ...options, database }));
  } finally {
    await connection.close();
  }
}
