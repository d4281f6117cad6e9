// Who sends a request: reads and checks its signature, in AWS's order and with AWS's words. Knows no action.
import { Fault } from '../faults.ts';
import {
  ALGORITHM,
  computeSignature,
  formatSignatureTime,
  type HttpRequest,
  isSameSignature,
  parseSignatureTime,
  type SignedParts,
} from './sigv4.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const SERVICES = ['rds', 'ec2', 'sts', 'secretsmanager'] as const;
export type Service = (typeof SERVICES)[number];

interface Signed extends SignedParts {
  readonly signature: string;
  readonly expiresSeconds?: number | undefined;
  readonly hasSessionToken: boolean;
}

const SKEW_MS = 15 * 60_000;
const LONGEST_PRESIGNED_SECONDS = 604_800;

/** Returns the service that the credential is scoped to, or throws the fault that AWS answers. */
export function checkCaller(
  request: HttpRequest,
  credentials: Credentials,
  region: string,
  now: Date,
): Service {
  const signed = readSigned(request);
  const service = SERVICES.find((name) => name === signed.scope.service);
  if (service === undefined) {
    throw signatureFault(`Credential should be scoped to correct service: '${SERVICES.join("', '")}'. `);
  }
  checkTime(signed, service, now);
  const isKnown = signed.scope.accessKeyId === credentials.accessKeyId && !signed.hasSessionToken;
  if (!isKnown) throw unknownKey(service);
  if (signed.scope.region !== region) {
    throw signatureFault(`Credential should be scoped to a valid region, not '${signed.scope.region}'. `);
  }
  const expected = computeSignature(request, signed, credentials.secretAccessKey);
  if (!isSameSignature(expected, signed.signature)) throw wrongSignature(service);
  return service;
}

/** Best guess for the shape of an error about a request that cannot be trusted. */
export function guessService(request: HttpRequest): Service {
  const where = `${request.headers['authorization'] ?? ''} ${decodeURIComponent(request.target)}`;
  return SERVICES.find((service) => where.includes(`/${service}/aws4_request`)) ?? 'rds';
}

function readSigned(request: HttpRequest): Signed {
  const header = request.headers['authorization'];
  if (header !== undefined) return readHeader(header, request);
  const query = new URL(request.target, 'http://localhost').searchParams;
  if (query.has('X-Amz-Algorithm')) return readPresigned(query);
  throw new Fault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
}

function readHeader(header: string, request: HttpRequest): Signed {
  const [algorithm, ...rest] = header.split(' ');
  const fields = new Map(
    rest
      .join(' ')
      .split(',')
      .map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (algorithm !== ALGORITHM || missing.length > 0) {
    const words = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    throw incomplete(words.join(' ') || `Unsupported AWS 'algorithm': '${algorithm}'.`);
  }
  return {
    ...readParts(fields.get('Credential'), fields.get('SignedHeaders'), request.headers['x-amz-date']),
    signature: fields.get('Signature') ?? '',
    hasSessionToken: request.headers['x-amz-security-token'] !== undefined,
  };
}

function readPresigned(query: URLSearchParams): Signed {
  const get = (name: string) => query.get(`X-Amz-${name}`) ?? undefined;
  const expiresSeconds = Number(get('Expires') ?? Number.NaN);
  if (get('Algorithm') !== ALGORITHM || !get('Signature')) {
    throw incomplete("AWS query-string parameters must include 'X-Amz-Algorithm' and 'X-Amz-Signature'.");
  }
  if (!(expiresSeconds >= 1 && expiresSeconds <= LONGEST_PRESIGNED_SECONDS)) {
    throw incomplete("AWS query-string parameters must include a valid 'X-Amz-Expires'.");
  }
  return {
    ...readParts(get('Credential'), get('SignedHeaders'), get('Date')),
    signature: get('Signature') ?? '',
    expiresSeconds,
    hasSessionToken: get('Security-Token') !== undefined,
  };
}

function readParts(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signedAt: string | undefined,
): SignedParts {
  const [accessKeyId, date, region, service, end] = (credential ?? '').split('/');
  if (!accessKeyId || !date || !region || !service || end !== 'aws4_request') {
    throw incomplete('Credential must have exactly 5 slash-delimited elements.');
  }
  if (!signedAt || !parseSignatureTime(signedAt)) {
    throw incomplete("Date must be in ISO-8601 'basic format', in the header or parameter 'X-Amz-Date'.");
  }
  const names = (signedHeaders ?? '').split(';');
  if (!names.includes('host')) throw signatureFault("'Host' must be a 'SignedHeader' in the Authorization.");
  if (!signedAt.startsWith(date)) {
    throw signatureFault('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.');
  }
  return { scope: { accessKeyId, date, region, service }, signedAt, signedHeaders: names };
}

function checkTime(signed: Signed, service: Service, now: Date): void {
  const at = parseSignatureTime(signed.signedAt)?.getTime() ?? 0;
  const expiresMs = signed.expiresSeconds === undefined ? SKEW_MS : signed.expiresSeconds * 1000;
  const clock = formatSignatureTime(now);
  if (at + expiresMs < now.getTime()) {
    if (service === 'ec2') throw new Fault('RequestExpired', 'Request has expired.');
    const earliest = formatSignatureTime(new Date(now.getTime() - expiresMs));
    const span = `${clock} - ${expiresMs / 60_000} min.`;
    throw signatureFault(`Signature expired: ${signed.signedAt} is now earlier than ${earliest} (${span})`);
  }
  if (at - SKEW_MS > now.getTime()) {
    if (service === 'ec2') throw new Fault('RequestExpired', 'Request has expired.');
    const latest = formatSignatureTime(new Date(now.getTime() + SKEW_MS));
    throw signatureFault(
      `Signature not yet current: ${signed.signedAt} is still later than ${latest} (${clock} + 15 min.)`,
    );
  }
}

function unknownKey(service: Service): Fault {
  if (service === 'ec2') return notValidated();
  return new Fault('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
}

function wrongSignature(service: Service): Fault {
  if (service === 'ec2') return notValidated();
  return signatureFault(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
      'Access Key and signing method. Consult the service documentation for details.',
  );
}

function notValidated(): Fault {
  return new Fault('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
}

function signatureFault(message: string): Fault {
  return new Fault('SignatureDoesNotMatch', message, 403);
}

function incomplete(message: string): Fault {
  return new Fault('IncompleteSignature', message, 400);
}
