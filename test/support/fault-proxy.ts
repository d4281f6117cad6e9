// An HTTP proxy before a real server that misbehaves as a test says, request by request.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

export type Fault =
  | { readonly answer: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The answer is not read to the end of the request's body. */
  | { readonly early: number }
  | { readonly reset: true }
  /** The request is kept for so long before it is passed on. */
  | { readonly delayMs: number }
  /** The server gets the request, but its answer is lost. */
  | { readonly swallow: true }
  /** Both connections break after so many bytes of the request's body. */
  | { readonly cutRequestAfterBytes: number }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly cutAfterBytes: number }
  /** The answer's body is changed, its length stays. */
  | { readonly change: (body: Buffer) => Buffer };

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly seen: SeenRequest[];
  /** Asked for each request; undefined passes it on. */
  fault: (seen: SeenRequest) => Fault | undefined;
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const one = { method, url, headers };
    seen.push(one);
    respond(upstream, proxy.fault(one), incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const proxy: FaultProxy = {
    host: `127.0.0.1:${port}`,
    seen,
    fault: () => undefined,
    [Symbol.asyncDispose]: () => stop(server),
  };
  return proxy;
}

function respond(
  upstream: string,
  fault: Fault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (fault === undefined) passOn(upstream, incoming, outgoing, {});
  else if ('reset' in fault) incoming.socket.resetAndDestroy();
  else if ('early' in fault) outgoing.writeHead(fault.early, { connection: 'close' }).end('too large');
  else if ('delayMs' in fault) {
    setTimeout(() => passOn(upstream, incoming, outgoing, {}), fault.delayMs).unref();
  } else if ('swallow' in fault) swallow(upstream, incoming);
  else if ('cutRequestAfterBytes' in fault) cutRequest(upstream, fault.cutRequestAfterBytes, incoming);
  else if ('answer' in fault) answer(fault, incoming, outgoing);
  else passOn(upstream, incoming, outgoing, fault);
}

function answer(
  fault: Extract<Fault, { readonly answer: number }>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  incoming.resume();
  incoming.once('end', () => outgoing.writeHead(fault.answer, fault.headers).end(fault.body));
}

function openFurther(upstream: string, { url = '', method = 'GET', headers }: IncomingMessage) {
  const further = request(new URL(url, `http://${upstream}`), { method, headers });
  further.on('error', () => {}); // the connection to the client breaks too
  return further;
}

function swallow(upstream: string, incoming: IncomingMessage): void {
  const further = openFurther(upstream, incoming);
  further.once('response', (response) => {
    response.resume();
    response.once('end', () => incoming.socket.resetAndDestroy());
  });
  incoming.pipe(further);
}

function cutRequest(upstream: string, afterBytes: number, incoming: IncomingMessage): void {
  const further = openFurther(upstream, incoming);
  let leftBytes = afterBytes;
  incoming.on('data', (chunk: Buffer) => {
    if (leftBytes <= 0) return;
    const part = chunk.subarray(0, leftBytes);
    leftBytes -= part.length;
    further.write(part, () => {
      if (leftBytes > 0) return;
      further.destroy();
      incoming.socket.resetAndDestroy();
    });
  });
}

function passOn(
  upstream: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: { readonly cutAfterBytes?: number; readonly change?: (body: Buffer) => Buffer },
): void {
  const url = new URL(incoming.url ?? '', `http://${upstream}`);
  const further = request(
    url,
    { method: incoming.method ?? 'GET', headers: incoming.headers },
    (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      let leftBytes = fault.cutAfterBytes ?? Number.POSITIVE_INFINITY;
      response.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, leftBytes);
        leftBytes -= part.length;
        outgoing.write(fault.change ? fault.change(Buffer.from(part)) : part, () => {
          if (leftBytes === 0) outgoing.destroy();
        });
      });
      response.once('end', () => outgoing.end());
    },
  );
  further.once('error', () => outgoing.destroy());
  incoming.pipe(further);
}

async function stop(server: Server): Promise<void> {
  const stopped = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await stopped;
}
