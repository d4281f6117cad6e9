// A way for readers to the unix socket of their writer: MariaDB follows over TCP only, and over TCP nobody gets in while
// access rules are closed. Nobody else gets through it: whoever names another account is cut off.
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Relay {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/** Does not keep this process alive. */
export async function openRelay(socketPath: string, account: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const writer = connect(socketPath);
    joinEnds(client, writer, sockets);
    writer.pipe(client); // the server speaks first
    void readFirstPacket(client).then((packet) => {
      if (packet === undefined || findAccount(packet) !== account) return client.destroy();
      writer.write(packet);
      client.pipe(writer);
    });
  });
  const port = await listen(server);
  server.unref();
  return {
    port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function joinEnds(client: Socket, writer: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, writer],
    [writer, client],
  ] as const) {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.unref();
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** A header of four bytes; then flags of what the client can, its limits, a character set and a gap, 32 bytes together. */
const NAME_OFFSET = 4 + 32;
/** An answer to a greeting is no longer than that; nobody has said who they are yet. */
const MAX_PACKET_BYTES = 4096;

/** With all that came with it; undefined when the client leaves first, or says more than there is to say. */
async function readFirstPacket(client: Socket): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const isWhole = read.length >= 4 && read.length >= 4 + read.readUIntLE(0, 3);
      if (!isWhole && read.length <= MAX_PACKET_BYTES) return;
      client.off('data', onData).pause();
      resolve(isWhole ? read : undefined);
    };
    client.on('data', onData).once('close', () => resolve(undefined));
  });
}

/** https://mariadb.com/kb/en/connection/#handshake-response-packet */
export function findAccount(packet: Buffer): string | undefined {
  const end = packet.indexOf(0, NAME_OFFSET);
  return end < 0 ? undefined : packet.subarray(NAME_OFFSET, end).toString('utf8');
}
