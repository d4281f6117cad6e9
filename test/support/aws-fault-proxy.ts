// A proxy between the program and an RDS endpoint that lets one call go wrong. It passes the Host header on as it is,
// so that signatures stay good; the endpoint must not mind by which name it is called.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `before`: the endpoint never hears of the call; `after`: it has done it. */
export const FAULTS = [
  'throttled',
  'error before',
  'error after',
  'cut before',
  'cut after',
  'silence after',
  'denied',
  'denied from then on',
  'kill before',
  'kill after',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  /** The first call is number 1. */
  readonly call: number;
  readonly kind: FaultKind;
  /** Ends the caller, for the two that kill. */
  readonly kill?: (() => Promise<void>) | undefined;
}

/** Answers an action with an error of AWS, so many times. */
export interface Refusal {
  readonly action: string;
  readonly code: string;
  readonly times: number;
}

export interface FaultProxy {
  readonly url: string;
  /** Names of the actions called since the last `arm`, in order. */
  readonly calls: readonly string[];
  /** The same calls with all that they were sent. */
  readonly requests: readonly URLSearchParams[];
  /** Starts counting anew; undefined: nothing goes wrong. */
  arm(fault?: Fault): void;
  /** The same, for every call of an action. */
  refuse(refusal: Refusal): void;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let calls: string[] = [];
  let requests: URLSearchParams[] = [];
  let armed: Fault | undefined;
  let refusal: Refusal | undefined;
  const start = (): void => {
    calls = [];
    requests = [];
    armed = undefined;
    refusal = undefined;
  };
  const server = createServer(async (message, response) => {
    const body = await readAll(message);
    const parameters = new URLSearchParams(body.toString());
    const action = parameters.get('Action') ?? String(message.url);
    requests.push(parameters);
    const fault = armed;
    const number = calls.push(action);
    const isHit = number === fault?.call || (fault?.kind === 'denied from then on' && number > fault.call);
    const pass = async () => await forward(target, message, body);
    try {
      const refused = refusal?.action === action ? refusal : undefined;
      const isRefused = refused && calls.filter((call) => call === action).length <= refused.times;
      if (isRefused) send(response, makeError(message, 400, refused.code));
      else if (fault === undefined || !isHit) send(response, await pass());
      else await fail(fault, message, response, pass);
    } catch {
      response.destroy(); // the endpoint or the caller is gone
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    get requests() {
      return requests;
    },
    arm(fault) {
      start();
      armed = fault;
    },
    refuse(wanted) {
      start();
      refusal = wanted;
    },
    stop: async () => await stop(server),
  };
}

async function fail(
  { kind, kill }: Fault,
  message: IncomingMessage,
  response: ServerResponse,
  pass: () => Promise<Answer>,
): Promise<void> {
  if (kind.endsWith('after')) await pass();
  if (kind.startsWith('error')) send(response, makeError(message, 500, 'InternalFailure'));
  if (kind === 'throttled') send(response, makeError(message, 400, 'Throttling'));
  if (kind.startsWith('denied')) send(response, makeError(message, 403, getDenial(message)));
  if (kind.startsWith('cut')) message.socket.destroy();
  if (kind.startsWith('kill')) await kill?.();
}

function getDenial(message: IncomingMessage): string {
  return isEc2(message) ? 'UnauthorizedOperation' : 'AccessDenied';
}

function isEc2({ headers }: IncomingMessage): boolean {
  return String(headers.authorization).includes('/ec2/');
}

/** In the form of the service that was called. */
function makeError(message: IncomingMessage, status: number, code: string): Answer {
  const error = `<Error><Code>${code}</Code><Message>by the proxy</Message></Error>`;
  const body = isEc2(message)
    ? `<Response><Errors>${error}</Errors><RequestID>proxy</RequestID></Response>`
    : `<ErrorResponse>${error}<RequestId>proxy</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

async function forward(target: string, message: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url, headers } = message;
  const { hostname, port } = new URL(target);
  return await new Promise((resolve, reject) => {
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      const { statusCode = 502 } = answer;
      readAll(answer).then(
        (content) => resolve({ status: statusCode, headers: answer.headers, body: content }),
        reject,
      );
    });
    onward.on('error', reject);
    onward.end(body);
  });
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'transfer-encoding': _chunked, connection: _connection, ...rest } = headers;
  response.writeHead(status, { ...rest, 'content-length': body.length });
  response.end(body);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
