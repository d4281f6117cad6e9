// Opens the AWS clients: credentials by the SDK's own chain, region and endpoint from flag, environment or profile.
// What answers, AWS or another server that speaks its API, is decided here and known nowhere else.
import { setMaxListeners } from 'node:events';
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { FactoryError } from '../errors.ts';
import { findProxy, openProxyAgent } from '../proxy.ts';
import { callAws } from './errors.ts';
import { type Environment, findSharedFiles, type Profile, readProfile, type ServiceName } from './profile.ts';
import { PatientRetryStrategy } from './retry.ts';

export interface AwsOptions {
  readonly env: Environment;
  readonly profile?: string | undefined;
  /** From a flag or the source's ARN; otherwise the environment's, otherwise the profile's. */
  readonly region?: string | undefined;
  /** For one answer; default: a minute. */
  readonly answerMs?: number | undefined;
}

const ANSWER_MS = 60_000;
const HOST_NAMES: Readonly<Record<ServiceName, string>> = {
  rds: 'rds',
  ec2: 'ec2',
  sts: 'sts',
  iam: 'iam',
  ecr: 'api.ecr',
  secrets_manager: 'secretsmanager',
};
/** At once; more would be a leak. */
const MOST_CALLS = 100;

export interface AwsConnection {
  readonly region: string;
  readonly profile: string | undefined;
  /** Where RDS answers. */
  readonly rdsUrl: URL;
  /** Calls end as soon as it fires. */
  readonly signal: AbortSignal | undefined;
  /** Clients are loaded and made when first asked for. */
  rds(): Promise<RDSClient>;
  ec2(): Promise<EC2Client>;
  sts(): Promise<STSClient>;
  ecr(): Promise<ECRClient>;
  iam(): Promise<IAMClient>;
  secrets(): Promise<SecretsManagerClient>;
  readonly credentials: () => Promise<Credentials>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** Reads files and environment only; the first call shows whether credentials are good. */
export async function connectAws(options: AwsOptions): Promise<AwsConnection> {
  const profile = await readProfile(options.env, options.profile);
  const region = options.region ?? profile.region;
  if (region === undefined) {
    throw new FactoryError('BAD_INVOCATION', 'no AWS region is set', {
      hint: 'Give --region, set AWS_REGION, or set region in the AWS profile.',
    });
  }
  const { env, answerMs = ANSWER_MS } = options;
  const findUrl = (service: ServiceName) =>
    parseEndpoint(profile.findEndpoint(service) ?? `https://${HOST_NAMES[service]}.${region}.amazonaws.com`);
  const findServiceAgents = async (service: ServiceName) => await findAgents(findUrl(service), env);
  const credentials = makeCredentialProvider(env, profile, await findServiceAgents('sts'));
  const configure = async (service: ServiceName) => ({
    ...makeClientConfig(profile, region, credentials, service),
    requestHandler: {
      ...{ connectionTimeout: 10_000, requestTimeout: answerMs, throwOnRequestTimeout: true },
      ...(await findServiceAgents(service)),
    },
  });
  return {
    region,
    profile: profile.name,
    rdsUrl: findUrl('rds'),
    signal: undefined,
    credentials,
    rds: once(async () => new (await import('./rds-client.ts')).RDSClient(await configure('rds'))),
    ec2: once(async () => new (await import('./ec2-client.ts')).EC2Client(await configure('ec2'))),
    sts: once(async () => new (await import('./sts-client.ts')).STSClient(await configure('sts'))),
    secrets: once(
      async () =>
        new (await import('./secrets-client.ts')).SecretsManagerClient(await configure('secrets_manager')),
    ),
    iam: once(async () => new (await import('./iam-client.ts')).IAMClient(await configure('iam'))),
    ecr: once(async () => new (await import('./ecr-client.ts')).ECRClient(await configure('ecr'))),
  };
}

/** The same clients, whose calls end when `signal` fires. */
export function withSignal(aws: AwsConnection, signal: AbortSignal | undefined): AwsConnection {
  if (signal === undefined) return aws;
  setMaxListeners(MOST_CALLS, signal); // each call under way listens to it
  return { ...aws, signal };
}

/** For each `send`. */
export function getSendOptions({ signal }: AwsConnection): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** The credentials themselves, for handing them to a container. */
export async function resolveCredentials(aws: AwsConnection): Promise<Credentials> {
  return await callAws('finding AWS credentials', aws.credentials);
}

function makeClientConfig(
  profile: Profile,
  region: string,
  credentials: () => Promise<Credentials>,
  service: ServiceName,
) {
  const endpoint = profile.findEndpoint(service);
  return {
    region,
    credentials: credentials as ReturnType<typeof defaultProvider>,
    retryStrategy: new PatientRetryStrategy(),
    ...(endpoint === undefined ? {} : { endpoint: parseEndpoint(endpoint).href }),
    ...(profile.name === undefined ? {} : { profile: profile.name }),
  };
}

interface Agents {
  readonly httpAgent?: HttpAgent;
  readonly httpsAgent?: HttpsAgent;
}

/** Node's own agents know no proxy. */
async function findAgents(url: URL, env: Environment): Promise<Agents> {
  const proxy = findProxy(url, env);
  if (proxy === undefined) return {};
  const isSecure = url.protocol === 'https:';
  const agent = await openProxyAgent(proxy, isSecure, { keepAlive: true, maxSockets: 50 });
  return isSecure ? { httpsAgent: agent as HttpsAgent } : { httpAgent: agent };
}

/**
 * Without a profile, keys in `env` come first, as in the SDK's chain; that chain itself sees only those of the process.
 * `agents` lead to STS and others that it asks.
 */
function makeCredentialProvider(
  env: Environment,
  profile: Profile,
  agents: Agents,
): () => Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (profile.name === undefined && accessKeyId && secretAccessKey) {
    const sessionToken = env['AWS_SESSION_TOKEN'];
    return async () => ({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
  }
  return defaultProvider({
    ...findSharedFiles(env),
    ...(profile.name === undefined ? {} : { profile: profile.name }),
    ...(Object.keys(agents).length === 0 ? {} : { clientConfig: { requestHandler: agents } }),
  });
}

function parseEndpoint(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new FactoryError('BAD_INVOCATION', `the AWS endpoint must be a http(s) URL, got ${text}`, {
    hint: 'Correct AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_RDS or endpoint_url in the AWS profile.',
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
