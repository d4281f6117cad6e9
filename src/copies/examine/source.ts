// Whether the port of a source can be reached: where it can, that of a copy beside it can be, too.
import { connect } from 'node:net';
import type { AwsConnection } from '../../aws/connect.ts';
import { getCluster } from '../../aws/rds.ts';
import { FactoryError } from '../../errors.ts';
import { examine, type Finding } from './finding.ts';

const CONNECT_MS = 5000;

export function examineSource(aws: AwsConnection, sourceId: string): Promise<Finding> {
  return examine(`port of ${sourceId}`, async () => {
    const { Endpoint: host = '', Port: port = 0 } = await getCluster(aws, sourceId);
    await tryConnecting(host, port);
    return `${host}:${port} can be reached`;
  });
}

async function tryConnecting(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const fail = (why: string): void => {
      socket.destroy();
      const hint =
        'Converging works, but logins are not proved and nothing is masked from here: use a machine in that network, or a VPN.';
      reject(new FactoryError('NETWORK_FAILED', `${host}:${port} cannot be reached: ${why}`, { hint }));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => fail('no answer'));
    socket.once('error', (error) => fail(error.message));
  });
}
