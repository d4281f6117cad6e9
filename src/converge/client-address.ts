// The address of this machine as a copy will see it: what `client` means in allowed_cidrs.
import { connect, isIPv6 } from 'node:net';
import { FactoryError, getMessage } from '../errors.ts';

const CHECK_URL = 'https://checkip.amazonaws.com';
const TIMEOUT_MS = 5000;

/**
 * The local address of a connection to the RDS endpoint shows which way packets go. A private one is right for a copy
 * that is private too; a public copy sees the address that a router puts in its place, which only an outsider can tell.
 */
export async function findClientCidr(rdsUrl: URL, isPubliclyAccessible: boolean): Promise<string> {
  const local = await findLocalAddress(rdsUrl).catch(() => undefined);
  if (local !== undefined && (!isPrivate(local) || isLoopback(local) || !isPubliclyAccessible)) {
    return toCidr(local);
  }
  return toCidr(await askOutsider());
}

async function findLocalAddress(url: URL): Promise<string> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    socket.once('connect', () => {
      resolve((socket.localAddress ?? '').replace(/^::ffff:/, ''));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('timed out')));
    socket.once('error', reject);
  });
}

async function askOutsider(): Promise<string> {
  try {
    const answer = await fetch(CHECK_URL, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const address = (await answer.text()).trim();
    if (answer.ok && /^[\d.]+$|^[\da-f:]+$/i.test(address)) return address;
    throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    throw new FactoryError(
      'NETWORK_FAILED',
      `cannot find this machine's address by ${CHECK_URL}: ${getMessage(error)}`,
      {
        hint: 'Give the network that may connect with --client-cidr, such as --client-cidr 203.0.113.7/32.',
        cause: error,
      },
    );
  }
}

function toCidr(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** RFC 1918, RFC 6598, link-local and unique local addresses. */
export function isPrivate(address: string): boolean {
  return (
    isLoopback(address) ||
    /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      address,
    ) ||
    /^(fe80|f[cd][\da-f]{2}):/i.test(address)
  );
}
