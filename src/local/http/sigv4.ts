// AWS Signature Version 4: checks the signature of a request as AWS does, and signs for our own status call.
// Knows nothing of actions. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface CredentialScope {
  readonly accessKeyId: string;
  /** `20261123` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface SignedParts {
  readonly scope: CredentialScope;
  /** `20261123T194228Z` */
  readonly signedAt: string;
  readonly signedHeaders: readonly string[];
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export function computeSignature(request: HttpRequest, parts: SignedParts, secretAccessKey: string): string {
  const { date, region, service } = parts.scope;
  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(request.target),
    ...parts.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}`),
    '',
    parts.signedHeaders.join(';'),
    hash(request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [ALGORITHM, parts.signedAt, scope, hash(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, step) => hmac(secret, step),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, toSign).toString('hex');
}

export function isSameSignature(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Time as signatures write it: `20261123T194228Z`. */
export function formatSignatureTime(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

export function parseSignatureTime(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function canonicalPath(target: string): string {
  const path = target.split('?')[0] ?? '/';
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(target: string): string {
  const start = target.indexOf('?');
  if (start < 0) return '';
  return [...new URLSearchParams(target.slice(start + 1))]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function canonicalHeader(value: string | undefined): string {
  return (value ?? '').trim().replace(/ +/g, ' ');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}
