// A connection of our own client code to a local RDS over real engines; everything goes when the test ends.
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { openDatabases } from '../../src/local/open-databases.ts';
import { openFakeDatabases } from './fake-databases.ts';
import { REGION, startTestRds, type TestRds } from './local-rds.ts';

export interface LocalAccount extends AsyncDisposable {
  readonly aws: AwsConnection;
  /** For commands. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openLocalAccount(): Promise<LocalAccount> {
  return await connect(await startTestRds({ postgresBins: [] }, openDatabases));
}

/** The same over databases without engines: all that the API tells, in no time. */
export async function openFakeAccount(): Promise<LocalAccount> {
  return await connect(await startTestRds({}, openFakeDatabases));
}

async function connect(local: TestRds): Promise<LocalAccount> {
  const { accessKeyId, secretAccessKey } = local.server.credentials;
  const env = {
    AWS_ENDPOINT_URL: local.server.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  const aws = await connectAws({ env });
  return { aws, env, [Symbol.asyncDispose]: async () => await local[Symbol.asyncDispose]() };
}
