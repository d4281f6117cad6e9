// A connection of our own client code to a local RDS over real engines; everything goes when the test ends.
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { openDatabases } from '../../src/local/open-databases.ts';
import { REGION, startTestRds } from './local-rds.ts';

export interface LocalAccount extends AsyncDisposable {
  readonly aws: AwsConnection;
  /** For commands. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openLocalAccount(): Promise<LocalAccount> {
  const local = await startTestRds({ postgresBins: [] }, openDatabases);
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
