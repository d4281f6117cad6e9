// A small HTTP proxy as companies have: it forwards requests with a whole URL, opens tunnels, and may want a login.
// Any host is this machine to it, so that a test can use names that nobody else knows.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface TestProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `CONNECT host:port` and `GET http://...`, in order. */
  readonly seen: readonly string[];
}

/** `login`: `user:password` that it wants. */
export async function startHttpProxy(login?: string): Promise<TestProxy> {
  const seen: string[] = [];
  const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
  const isAllowed = ({ headers }: IncomingMessage) =>
    wanted === undefined || headers['proxy-authorization'] === wanted;
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    if (isAllowed(incoming)) forward(incoming, outgoing);
    else outgoing.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
  });
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    if (!isAllowed(incoming)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const further = connect(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      further.pipe(client).pipe(further);
    });
    for (const socket of [client, further]) {
      sockets.add(socket);
      socket.on('error', () => {}); // one end of a tunnel may break
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { port, pathname, search } = new URL(incoming.url ?? '');
  const { method, headers } = incoming;
  const path = pathname + search;
  const further = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 500, response.headers);
    response.pipe(outgoing);
  });
  further.once('error', () => outgoing.destroy());
  incoming.pipe(further);
}
