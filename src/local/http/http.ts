// The HTTP side of the local RDS on 127.0.0.1: bodies in, answers out. Knows no AWS protocol.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FactoryError } from '../../errors.ts';
import type { HttpAnswer } from './answer.ts';
import type { Page } from './pages.ts';
import type { HttpRequest } from './sigv4.ts';

export interface HttpServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export type FindPage = (path: string, authorization: string | undefined) => Promise<Page | undefined>;

/** More than any call needs; a caller that sends more is cut off. */
const LONGEST_BODY_BYTES = 1 << 20;

/** A request that takes longer to arrive is cut off. */
const REQUEST_MS = 30_000;
/** Longer than clients pause between two looks, so that none meets a connection that is just being closed. */
const IDLE_MS = 90_000;
const STOP_MS = 2_000;

export async function startHttp(
  port: number,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
  findPage: FindPage,
): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS },
    (message, response) => {
      answerMessage(message, response, answer, findPage).catch(() => response.destroy());
    },
  );
  await listen(server, port);
  return { port: (server.address() as AddressInfo).port, stop: async () => await stopHttp(server) };
}

async function answerMessage(
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
  findPage: FindPage,
): Promise<void> {
  const isGet = message.method === 'GET';
  const page = isGet && (await findPage(message.url ?? '/', message.headers.authorization));
  if (page) {
    for (const [name, value] of Object.entries(page.headers ?? {})) response.setHeader(name, value);
    return send(response, page.status, page.type, page.body);
  }
  const body = await readBody(message);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    return send(response, 413, 'text/plain', 'The request is too large.\n');
  }
  const { status, type, requestId, body: content } = await answer(asRequest(message, body));
  response.setHeader('x-amzn-RequestId', requestId);
  send(response, status, type, content);
}

function asRequest(message: IncomingMessage, body: Uint8Array): HttpRequest {
  const headers = Object.entries(message.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : value,
  ]);
  return {
    method: message.method ?? 'GET',
    target: message.url ?? '/',
    headers: Object.fromEntries(headers),
    body,
  };
}

async function readBody(message: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LONGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  const content = Buffer.from(body);
  response.writeHead(status, { 'content-type': type, 'content-length': content.length });
  response.end(content);
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(describeListenError(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

function describeListenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new FactoryError('ALREADY_RUNNING', `the port ${port} on 127.0.0.1 is in use by another program`, {
    hint: 'Choose another one with --port, or stop that program.',
    cause: error,
  });
}

/** Answers what has been asked already; who has not asked to the end by then is cut off. */
async function stopHttp(server: Server): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), STOP_MS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(deadline);
}
