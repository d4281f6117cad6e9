// A conversation with one repository of a registry: authorization, redirects and retries, so that callers see
// only answers. https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
import type { IncomingMessage } from 'node:http';
import { FactoryError } from '../../errors.ts';
import { checkStatus } from './answers.ts';
import { parseChallenge } from './auth.ts';
import type { Credentials } from './credentials.ts';
import { type Login, openLogin } from './login.ts';
import type { HttpRequest } from './request.ts';
import { type RetryOptions, retry } from './retry.ts';
import type { Send } from './route.ts';

export interface SessionOptions {
  readonly host: string;
  readonly repository: string;
  /** What tokens are asked for, such as `repository:NAME:pull,push`. */
  readonly scopes: readonly string[];
  readonly findCredentials: () => Promise<Credentials | undefined>;
  /** Without TLS though the host is not this machine. */
  readonly isPlain: boolean;
  readonly retry: RetryOptions;
  readonly send: Send;
}

export interface RegistryCall extends Pick<HttpRequest, 'method' | 'body'> {
  /** A path below `/v2/REPOSITORY/`, or where an answer led to. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers; any other is an error. */
  readonly accepts: readonly number[];
}

export interface RegistrySession extends Pick<SessionOptions, 'host' | 'repository' | 'retry'> {
  /** Once; for what the caller retries as a whole. */
  callOnce(call: RegistryCall): Promise<IncomingMessage>;
  /** Until it is answered or there is no hope. */
  call(call: RegistryCall): Promise<IncomingMessage>;
  /** The Location of an answer to a request for `target`. */
  getLocation(response: IncomingMessage, target: string | URL): Promise<URL>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Docker Hub's API is not at its name. */
const HUB_HOST = 'registry-1.docker.io';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

export function openSession(options: SessionOptions): RegistrySession {
  const login = openLogin(options);
  let origin: Promise<URL> | undefined;

  async function resolve(target: string | URL): Promise<URL> {
    if (target instanceof URL) return target;
    origin ??= retry(options.retry, () => findOrigin(options));
    try {
      return new URL(`/v2/${options.repository}/${target}`, await origin);
    } catch (error) {
      origin = undefined;
      throw error;
    }
  }

  async function callOnce(call: RegistryCall): Promise<IncomingMessage> {
    const { method, body, headers = {}, accepts } = call;
    const request = { method, body, headers, url: await resolve(call.target) };
    const response = await sendAuthorized(login, request, options.send);
    return await checkStatus(response, accepts, `${options.host}/${options.repository}`);
  }

  return {
    ...options,
    callOnce,
    call: (call) => retry(options.retry, () => callOnce(call)),
    getLocation: async (response, target) => parseLocation(response, await resolve(target)),
  };
}

/** Plain HTTP only to this machine or when asked; a server that wants TLS there answers 400 to it. */
async function findOrigin(options: SessionOptions): Promise<URL> {
  const host = options.host === 'docker.io' ? HUB_HOST : options.host;
  const plain = new URL(`http://${host}/`);
  if (options.isPlain) return plain;
  if (!LOOPBACK.test(host)) return new URL(`https://${host}/`);
  const response = await options.send({ method: 'GET', url: new URL('/v2/', plain), headers: {} });
  response.resume();
  return response.statusCode === 400 ? new URL(`https://${host}/`) : plain;
}

/** A registry says what it wants in its first refusal. */
async function sendAuthorized(login: Login, request: HttpRequest, send: Send): Promise<IncomingMessage> {
  const header = await login.getHeader();
  const response = await sendFollowing(request, header, send);
  const challenge = parseChallenge(response.headers['www-authenticate']);
  if (response.statusCode !== 401 || challenge === undefined) return response;
  if (!(await login.renew(challenge, header, request.url.protocol === 'http:'))) return response;
  response.resume();
  return await sendFollowing(request, await login.getHeader(), send);
}

/** The login goes to the registry only, not to where it redirects. */
async function sendFollowing(
  request: HttpRequest,
  authorization: string | undefined,
  send: Send,
): Promise<IncomingMessage> {
  let { url } = request;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const isOwn = url.origin === request.url.origin;
    const headers = isOwn && authorization ? { ...request.headers, authorization } : request.headers;
    const response = await send({ ...request, url, headers });
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || !REDIRECTS.includes(response.statusCode ?? 0)) return response;
    response.resume();
    url = parseLocation(response, url);
  }
  throw new FactoryError('STORE_FAILED', `${request.url.host} redirects in circles`);
}

/** May be relative. A registry behind a proxy that ends TLS names itself without TLS: it is asked with TLS again. */
function parseLocation(response: IncomingMessage, from: URL): URL {
  const { location } = response.headers;
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new FactoryError('STORE_FAILED', `${from.host} answered without a usable Location`);
  }
  const url = new URL(location, from);
  if (from.protocol !== 'https:' || url.protocol === 'https:') return url;
  if (url.hostname !== from.hostname) {
    throw new FactoryError('STORE_FAILED', `${from.host} leads to ${url.host} without TLS`);
  }
  return new URL(url.pathname + url.search, from);
}
