// Who gets into a MariaDB server over TCP. MariaDB has no rules by address, and accounts come with a fork, so nothing
// that is said per account would do. What it has is a switch that refuses every connection that is neither encrypted
// nor on the unix socket, whoever asks, from the next connection on; and local servers have no TLS.
// https://mariadb.com/kb/en/securing-connections-for-client-and-server/#requiring-tls-for-specific-hosts
import { BlockList, isIPv4 } from 'node:net';
import type { AccessRule } from './engine.ts';

/** All that can reach a server that listens here only. Any process can, and take any other address of loopback too. */
const CLIENT_ADDRESS = '127.0.0.1';

export function formatAccessStatement(rules: readonly AccessRule[]): string {
  return `SET GLOBAL require_secure_transport = ${rules.some(isRuleForClients) ? 'OFF' : 'ON'}`;
}

/** Address ranges of other machines let nobody in. */
export function isRuleForClients({ cidr }: AccessRule): boolean {
  const [address = '', bits] = cidr.split('/');
  if (!isIPv4(address)) return false;
  const range = new BlockList();
  range.addSubnet(address, Number(bits ?? 32), 'ipv4');
  return range.check(CLIENT_ADDRESS);
}
