// A proxy before moto that makes one cluster another account's, shared through AWS RAM, as AWS shows such a cluster: only
// in lists that ask for it, under a foreign ARN, without instances and subnet group. moto knows no sharing.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SharingProxy {
  readonly url: string;
  readonly arn: string;
  stop(): Promise<void>;
}

const OWN = '123456789012';
const OTHER = '999999999999';

export async function startSharingProxy(
  target: string,
  region: string,
  clusterId: string,
): Promise<SharingProxy> {
  const arn = `arn:aws:rds:${region}:${OTHER}:cluster:${clusterId}`;
  const ownArn = arn.replace(OTHER, OWN);
  const server = createServer(async (message, response) => {
    const { action, body } = await readCall(message);
    const isHidden = isAbout(body, clusterId) && action !== 'RestoreDBClusterToPointInTime';
    const answer = await fetch(`${target}${message.url}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: String(message.headers.authorization),
      },
      body: isHidden ? renameTo(body, 'nobody') : body.replace(encodeURIComponent(arn), clusterId),
    });
    const text = await answer.text();
    const isListed = action !== 'DescribeDBClusters' || body.includes('IncludeShared=true');
    const shown = isListed ? text.replaceAll(ownArn, arn) : removeCluster(text, clusterId);
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(shown);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arn,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readCall(message: IncomingMessage): Promise<{ action: string; body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  return { action: new URLSearchParams(body).get('Action') ?? '', body };
}

const NAMED = /(DBClusterIdentifier|DBSubnetGroupName|Filters\.Filter\.1\.Values\.Value\.1)=([^&]*)/;

function isAbout(body: string, clusterId: string): boolean {
  return NAMED.exec(body)?.[2] === clusterId;
}

function renameTo(body: string, name: string): string {
  return body.replace(NAMED, `$1=${name}`);
}

function removeCluster(text: string, clusterId: string): string {
  return text.replace(/<DBCluster>.*?<\/DBCluster>/gs, (cluster) =>
    cluster.includes(`<DBClusterIdentifier>${clusterId}</DBClusterIdentifier>`) ? '' : cluster,
  );
}
