// Logins for Amazon's registries (ECR), made on demand from AWS credentials; each is good for twelve hours.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
import { FactoryError } from '../errors.ts';
import { connectAws } from './connect.ts';
import { callAws } from './errors.ts';
import type { Environment } from './profile.ts';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

const HOST = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Undefined: the host is no registry of AWS. */
export function findEcrRegion(host: string): string | undefined {
  return HOST.exec(host)?.[2];
}

/** Undefined: the host is no registry of AWS. The region is that of the host. */
export async function findEcrLogin(host: string, env: Environment): Promise<RegistryLogin | undefined> {
  const region = findEcrRegion(host);
  if (region === undefined) return undefined;
  const aws = await connectAws({ env, region });
  return await callAws(`asking ECR for a login to ${host}`, async () => {
    const { GetAuthorizationTokenCommand } = await import('./ecr-client.ts');
    const client = await aws.ecr();
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    return parseToken(host, authorizationData?.[0]?.authorizationToken ?? '');
  });
}

/** `AWS:PASSWORD` in base64. */
function parseToken(host: string, token: string): RegistryLogin {
  const text = Buffer.from(token, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new FactoryError('NOT_AUTHENTICATED', `ECR gave no login to ${host}`);
}
