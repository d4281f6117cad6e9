// A local RDS for a test, with clients of the AWS SDK that are signed in to it; everything goes when the test ends.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { STSClient } from '@aws-sdk/client-sts';
import { openDatabases } from '../../src/local/open-databases.ts';
import { type LocalServer, type OpenDatabases, startLocalServer } from '../../src/local/server.ts';
import type { LocalSettings } from '../../src/local/settings.ts';
import { openFakeDatabases } from './fake-databases.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT_ID = '000000000000';

export interface TestRds extends AsyncDisposable {
  readonly server: LocalServer;
  readonly settings: LocalSettings;
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
  readonly sts: STSClient;
  /** Lines that the server logged. */
  readonly logged: readonly string[];
}

async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-rds-'));
  await chmod(dataDir, 0o711); // engines may run as another user
  return dataDir;
}

export async function makeSettings(changes: Partial<LocalSettings> = {}): Promise<LocalSettings> {
  return {
    dataDir: changes.dataDir ?? (await makeDataDir()),
    port: 0,
    paceMs: 0,
    prestartMs: 0,
    postgresBins: [],
    isMasterSuperuser: false,
    region: REGION,
    accountId: ACCOUNT_ID,
    version: '0.0.0-test',
    env: process.env,
    portRange: { first: 21_000, last: 21_999 },
    log: () => {},
    ...changes,
  };
}

/** Actions are tested over databases without engines; DB_ARTIFACT_TEST_DATABASES=real tests them over engines. */
function findDatabases(): OpenDatabases {
  return process.env['DB_ARTIFACT_TEST_DATABASES'] === 'real' ? openDatabases : openFakeDatabases;
}

export async function startTestRds(
  changes: Partial<LocalSettings> = {},
  open?: OpenDatabases,
): Promise<TestRds> {
  const logged: string[] = [];
  const settings = await makeSettings({ log: (line) => logged.push(line), ...changes });
  const server = await startLocalServer(settings, open ?? findDatabases());
  const { accessKeyId, secretAccessKey } = server.credentials;
  const config = {
    endpoint: server.url,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  };
  const [rds, ec2, sts] = [new RDSClient(config), new EC2Client(config), new STSClient(config)];
  return {
    server,
    settings,
    rds,
    ec2,
    sts,
    logged,
    async [Symbol.asyncDispose]() {
      for (const client of [rds, ec2, sts]) client.destroy();
      await server[Symbol.asyncDispose]();
      await rm(settings.dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
