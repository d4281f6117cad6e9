// Talks to a Docker-compatible engine over its API: requests in, responses out. Podman's socket answers the same.
// https://docs.docker.com/reference/api/engine/version/v1.41/
import { type IncomingMessage, request } from 'node:http';
import { request as requestWithTls } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { FactoryError, getMessage } from '../../errors.ts';
import { collectBytes } from '../digest.ts';

/** Old enough for Docker 20.10 and podman 4. */
const API = '/v1.40';

export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls?: EngineTls | undefined };

/** Texts of PEM files. */
export interface EngineTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** False: whoever answers is believed. */
  readonly isVerified: boolean;
}

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's version, such as `/images/json`. */
  readonly path: string;
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True where an engine answers within the time; nothing is thrown. */
export async function isEngineRunning(address: EngineAddress, timeoutMs = 2000): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await callEngine(address, { method: 'GET', path: '/_ping', signal });
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/** The answer, whatever its status; its body is not read yet. */
export async function callEngine(address: EngineAddress, call: EngineRequest): Promise<IncomingMessage> {
  const tls = 'socketPath' in address ? undefined : address.tls;
  const send = tls === undefined ? request : requestWithTls;
  const outgoing = send({
    ...address,
    ...(tls && { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.isVerified }),
    agent: false,
    method: call.method,
    path: `${API}${call.path}`,
    headers: call.contentType === undefined ? {} : { 'content-type': call.contentType },
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => reject(describeFailure(address, error)));
  });
  answered.catch(() => {}); // awaited below, after the body
  if (call.body === undefined) outgoing.end();
  else await sendBody(call.body, outgoing, answered);
  return await answered;
}

/** As callEngine, but a status other than 2xx is an error with the engine's own message. */
export async function callEngineChecked(address: EngineAddress, call: EngineRequest) {
  const response = await callEngine(address, call);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const said = await readMessage(response);
  const code = status === 404 ? 'NOT_FOUND' : 'STORE_FAILED';
  throw new FactoryError(code, `the Docker engine answered ${status}: ${said}`);
}

export async function readJson(response: IncomingMessage): Promise<unknown> {
  return JSON.parse((await collectBytes(response)).toString());
}

/** An engine may answer before it has read everything: then its answer says why. */
async function sendBody(
  body: AsyncIterable<Uint8Array>,
  outgoing: ReturnType<typeof request>,
  answered: Promise<IncomingMessage>,
): Promise<void> {
  try {
    await pipeline(body, outgoing);
  } catch (error) {
    outgoing.destroy();
    if (error instanceof FactoryError) throw error; // the body itself could not be read
    await answered;
  }
}

async function readMessage(response: IncomingMessage): Promise<string> {
  const text = (await collectBytes(response)).toString().trim();
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

function describeFailure(address: EngineAddress, error: Error): FactoryError {
  const place = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`;
  const code = (error as NodeJS.ErrnoException).code;
  const hints: Record<string, string> = {
    ENOENT: 'Start Docker, or set DOCKER_HOST.',
    ECONNREFUSED: 'Start Docker, or set DOCKER_HOST.',
    EACCES: 'You may not use that socket: join the group docker, or set DOCKER_HOST to your own engine.',
    ECONNRESET: 'Where the engine wants TLS, set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or use its context.',
  };
  return new FactoryError('STORE_FAILED', `no Docker engine answers at ${place}: ${getMessage(error)}`, {
    hint: code === undefined ? undefined : hints[code],
    cause: error,
  });
}
