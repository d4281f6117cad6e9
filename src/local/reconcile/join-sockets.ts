// Hands a client's connection on to a server on 127.0.0.1. Knows ports, not databases.
import { connect, type Socket } from 'node:net';

/** The server sees the client's own address, by which it lets in or not. Both are in `sockets` while they are open. */
export function joinSockets(client: Socket, port: number, sockets: Set<Socket>): void {
  const localAddress = client.remoteAddress;
  const server = connect({
    host: '127.0.0.1',
    port,
    allowHalfOpen: true,
    ...(localAddress && { localAddress }),
  });
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on('error', () => other.destroy());
    socket.pipe(other);
  }
}
