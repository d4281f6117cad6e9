// What the local RDS answers to plain GET requests: its health to anyone, its metrics to who has its credentials.
import { timingSafeEqual } from 'node:crypto';
import type { Credentials } from './caller.ts';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PageSources {
  readonly credentials: Credentials;
  readonly health: () => object;
  readonly metrics: () => Promise<{ readonly type: string; readonly body: string }>;
}

/** Undefined: there is no such page, and the request is for the API. */
export async function findPage(
  path: string,
  authorization: string | undefined,
  { credentials, health, metrics }: PageSources,
): Promise<Page | undefined> {
  if (path === '/health') return { status: 200, type: 'application/json', body: JSON.stringify(health()) };
  if (path !== '/metrics') return undefined;
  if (!isCaller(authorization, credentials)) return askForCredentials();
  return { status: 200, ...(await metrics()) };
}

/** Prometheus cannot sign requests as AWS does: the key is the user and the secret the password of RFC 7617. */
function isCaller(authorization = '', { accessKeyId, secretAccessKey }: Credentials): boolean {
  const expected = `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}`;
  const [given, right] = [Buffer.from(authorization), Buffer.from(expected)];
  return given.length === right.length && timingSafeEqual(given, right);
}

function askForCredentials(): Page {
  const headers = { 'www-authenticate': 'Basic realm="local RDS", charset="UTF-8"' };
  const body = 'The access key id is the user and the secret access key the password.\n';
  return { status: 401, type: 'text/plain', headers, body };
}
