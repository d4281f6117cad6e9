// A server that listens may still say that it is starting up.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';

export async function connectWhenReady(options: ConnectOptions): Promise<SqlConnection> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    try {
      return await connectDatabase(options);
    } catch (error) {
      if (performance.now() > deadlineMs || !String(error).includes('starting up')) throw error;
      await sleep(50);
    }
  }
}
