// Turns a registry's challenge and a login into an Authorization header: basic, or a token from its token server.
// https://distribution.github.io/distribution/spec/auth/token/
import { FactoryError } from '../../errors.ts';
import { yieldOnce } from '../chunks.ts';
import type { Credentials } from './credentials.ts';
import { readText } from './request.ts';
import { BusyError, isBusyStatus, parseRetryAfter } from './retry.ts';
import type { Send } from './route.ts';

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Authorization {
  /** Undefined: none is needed. */
  readonly header: string | undefined;
  readonly expiresAtMs: number;
}

const CLIENT_ID = 'db-artifact';
const DEFAULT_LIFETIME_SECONDS = 60;
/** A token is not used up to its very end: the request takes time too. */
const USABLE_PART = 0.8;

/** Several challenges may stand in one header; bearer is preferred. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const found = [
    ...(header ?? '').matchAll(/(?:^|,\s*)(bearer|basic)\s+((?:[\w-]+=(?:"[^"]*"|[^\s,"]+)(?:,\s*)?)*)/gi),
  ];
  const challenges = found.map(([, scheme, rest]) => ({
    scheme: (scheme as string).toLowerCase(),
    parameters: parseParameters(rest as string),
  }));
  return challenges.find((one) => one.scheme === 'bearer') ?? challenges[0];
}

export interface AuthorizeRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry is spoken to without TLS. */
  readonly isPlain: boolean;
  readonly send: Send;
}

export async function authorize(request: AuthorizeRequest): Promise<Authorization> {
  const { challenge, credentials } = request;
  if (challenge.scheme === 'bearer') return await fetchToken(request);
  if (credentials === undefined || !('username' in credentials)) {
    throw new FactoryError('NOT_AUTHENTICATED', 'the registry asks for a user and a password', {
      hint: 'Log in with: docker login HOST',
    });
  }
  return { header: formatBasic(credentials), expiresAtMs: Number.POSITIVE_INFINITY };
}

async function fetchToken({ challenge, scopes, credentials, isPlain, send }: AuthorizeRequest) {
  const { realm, service } = challenge.parameters;
  const url = parseRealm(realm, isPlain);
  const requestedAtMs = Date.now();
  const response =
    credentials !== undefined && 'identityToken' in credentials
      ? await postRefreshToken(send, { url, service, scopes }, credentials.identityToken)
      : await getToken(send, { url, service, scopes }, credentials);
  const status = response.statusCode ?? 0;
  const text = await readText(response);
  if (isBusyStatus(status)) {
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], requestedAtMs);
    throw new BusyError(`the token server ${url.host} answered ${status}`, retryAfterMs);
  }
  if (status !== 200) throw describeRefusal(url, status, credentials);
  return parseToken(url, text, requestedAtMs);
}

interface TokenPlace {
  readonly url: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

async function getToken(send: Send, { url, service, scopes }: TokenPlace, login?: Credentials) {
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> = {};
  if (login !== undefined && 'username' in login) headers['authorization'] = formatBasic(login);
  return await send({ method: 'GET', url, headers });
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
async function postRefreshToken(send: Send, { url, service, scopes }: TokenPlace, identityToken: string) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    service: service ?? '',
    scope: scopes.join(' '),
    refresh_token: identityToken,
  });
  const bytes = Buffer.from(form.toString());
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = { sizeBytes: bytes.length, open: () => yieldOnce(bytes) };
  return await send({ method: 'POST', url, headers, body });
}

function parseToken(url: URL, text: string, requestedAtMs: number): Authorization {
  const answer = parseJson(text) as { token?: string; access_token?: string; expires_in?: number };
  const token = answer.token ?? answer.access_token;
  if (!token) throw new FactoryError('NOT_AUTHENTICATED', `the token server ${url.host} gave no token`);
  const lifetimeMs = (answer.expires_in ?? DEFAULT_LIFETIME_SECONDS) * 1000;
  return { header: `Bearer ${token}`, expiresAtMs: requestedAtMs + lifetimeMs * USABLE_PART };
}

function parseJson(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

/** A login is not sent in the clear where the registry itself is not. */
function parseRealm(realm: string | undefined, isPlain: boolean): URL {
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isPlain)) return url;
  throw new FactoryError('STORE_FAILED', `the registry names no safe token server: ${realm}`);
}

function parseParameters(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)=(?:"([^"]*)"|([^\s,"]+))/g)];
  return Object.fromEntries(
    pairs.map(([, key, quoted, plain]) => [(key as string).toLowerCase(), quoted ?? plain ?? '']),
  );
}

function formatBasic(login: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

function describeRefusal(url: URL, status: number, credentials: Credentials | undefined): FactoryError {
  const who = credentials === undefined ? 'without a login' : 'the login';
  const code = status === 403 ? 'NOT_AUTHORIZED' : 'NOT_AUTHENTICATED';
  return new FactoryError(code, `the token server ${url.host} refused ${who} (HTTP ${status})`, {
    hint: 'Log in with: docker login HOST',
  });
}
