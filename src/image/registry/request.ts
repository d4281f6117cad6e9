// One HTTP request to a registry and its answer: no redirects, no retries, no authorization.
// Not fetch: an upload needs Content-Length with a streamed body, and an early answer must stop the body at once.
import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { FactoryError, getMessage } from '../../errors.ts';
import { collectBytes } from '../digest.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly sizeBytes: number; open(): AsyncIterable<Uint8Array> } | undefined;
}

/** How the server is reached. */
export interface Connection {
  readonly agent?: Agent | undefined;
  /** Of TLS. */
  readonly certificates: {
    readonly ca?: readonly string[] | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  /** Name of the proxy on the way. */
  readonly through?: string | undefined;
  /** No byte in either direction for so long means that the connection is dead. */
  readonly idleMs: number;
}

const MAX_TEXT_BYTES = 1024 * 1024;

/** The answer, whatever its status; its body is not read yet. */
export async function sendRequest(call: HttpRequest, connection: Connection): Promise<IncomingMessage> {
  const send = call.url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { ...call.headers, 'content-length': String(call.body?.sizeBytes ?? 0) };
  const hasBody = call.method !== 'GET' && call.method !== 'HEAD';
  const { agent, certificates } = connection;
  const outgoing = send(call.url, {
    method: call.method,
    headers: hasBody ? headers : call.headers,
    ...certificates,
    ...(agent && { agent }),
  } as RequestOptions);
  const { idleMs } = connection;
  outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error(`no answer for ${idleMs / 1000} s`)));
  const answered = waitForAnswer(outgoing, call.url, connection.through);
  answered.catch(() => {}); // awaited below, after the body
  if (call.body === undefined) outgoing.end();
  else await sendBody(call.body.open(), outgoing, answered);
  return await answered;
}

/** The whole body of a small answer. */
export async function readText(response: IncomingMessage): Promise<string> {
  return (await readBytes(response, MAX_TEXT_BYTES)).toString();
}

export async function readBytes(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return await collectBytes(limitBytes(response, maxBytes));
}

/** Bytes of a body; an end before the announced length is an error. */
export async function* readBody(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (error) {
    throw new FactoryError('NETWORK_FAILED', `the connection broke: ${getMessage(error)}`, { cause: error });
  }
}

async function* limitBytes(response: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of readBody(response)) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new FactoryError('STORE_FAILED', 'the answer is too long');
    yield chunk;
  }
}

function waitForAnswer(outgoing: ClientRequest, url: URL, through?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => reject(describeFailure(url, error, through)));
  });
}

/** A registry may refuse before it has read everything: the rest is not sent, and its answer counts. */
async function sendBody(
  body: AsyncIterable<Uint8Array>,
  outgoing: ClientRequest,
  answered: Promise<IncomingMessage>,
): Promise<void> {
  let early: IncomingMessage | undefined;
  answered.then(
    (response) => {
      early = response;
    },
    () => {},
  );
  try {
    for await (const chunk of body) {
      if (!outgoing.write(chunk)) await Promise.race([waitForDrain(outgoing), answered]);
      if (early !== undefined) break;
    }
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  if (early === undefined) outgoing.end();
  else early.once('close', () => outgoing.destroy());
}

async function waitForDrain(outgoing: ClientRequest): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      outgoing.off('drain', finish).off('close', finish);
      resolve();
    };
    outgoing.on('drain', finish).on('close', finish);
  });
}

function describeFailure(url: URL, error: Error, through: string | undefined): FactoryError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const way = through === undefined ? '' : ` through the proxy ${through}`;
  const message = `${url.host} cannot be reached${way}: ${getMessage(error) || code}`;
  return new FactoryError('NETWORK_FAILED', message, { hint: findHint(code, url, through), cause: error });
}

function findHint(code: string, url: URL, through: string | undefined): string | undefined {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return `Put your authority into /etc/docker/certs.d/${url.host}/ca.crt, or name its file in NODE_EXTRA_CA_CERTS.`;
  }
  return through === undefined ? undefined : 'Look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY.';
}
