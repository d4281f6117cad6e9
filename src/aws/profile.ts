// Region and endpoint as the environment and the shared AWS files give them. The SDK by itself takes an endpoint only
// from the default profile: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadSharedConfigFiles } from '@smithy/core/config';
import { FactoryError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** As the names of variables and profile keys have it. */
export type ServiceName = 'rds' | 'ec2' | 'sts' | 'ecr' | 'iam' | 'secrets_manager';

export interface Profile {
  /** Undefined: none was asked for, `default` is used where it exists. */
  readonly name: string | undefined;
  readonly region: string | undefined;
  /** Undefined: AWS itself. */
  findEndpoint(service: ServiceName): string | undefined;
}

export interface SharedFiles {
  readonly filepath: string;
  readonly configFilepath: string;
}

/** An explicit `name` must exist in one of the files. */
export async function readProfile(env: Environment, name: string | undefined): Promise<Profile> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    ...findSharedFiles(env),
    ignoreCache: true,
  });
  const wanted = name ?? (env['AWS_PROFILE'] || undefined); // set but empty counts as unset
  const key = wanted ?? 'default';
  if (wanted !== undefined && wanted !== 'default' && !configFile[key] && !credentialsFile[key]) {
    throw new FactoryError('NOT_AUTHENTICATED', `there is no AWS profile named ${wanted}`, {
      hint: `Known: ${[...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])].join(', ') || 'none'}.`,
    });
  }
  const profile = { ...credentialsFile[key], ...configFile[key] };
  const services = configFile[`services.${profile['services']}`];
  return {
    name: wanted,
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? profile['region'],
    findEndpoint(service) {
      if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return undefined;
      const fromEnv = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env['AWS_ENDPOINT_URL'];
      return fromEnv || services?.[`${service}.endpoint_url`] || profile['endpoint_url'] || undefined;
    },
  };
}

export function findSharedFiles(env: Environment): SharedFiles {
  const folder = join(env['HOME'] || homedir(), '.aws');
  return {
    filepath: env['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'),
    configFilepath: env['AWS_CONFIG_FILE'] || join(folder, 'config'),
  };
}
