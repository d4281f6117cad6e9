// CIDR blocks in the one spelling that AWS keeps: host bits cleared, IPv6 shortened. Knows addresses only.
import { isIPv4, isIPv6 } from 'node:net';

/** Undefined when it is no block of that family. */
export function canonicalCidr(text: string, family: 4 | 6): string | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const [, address = '', length = ''] = match;
  const bits = Number(length);
  if (family === 4) return isIPv4(address) && bits <= 32 ? canonical4(address, bits) : undefined;
  return isIPv6(address) && bits <= 128 && !address.includes('%') ? canonical6(address, bits) : undefined;
}

function canonical4(address: string, bits: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const block = 2 ** (32 - bits);
  const first = Math.floor(value / block) * block;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`;
}

/** The URL parser shortens as RFC 5952 asks. */
function canonical6(address: string, bits: number): string {
  const value = expand6(address).reduce((sum, part) => sum * 65_536n + BigInt(part), 0n);
  const hostBits = BigInt(128 - bits);
  const first = (value >> hostBits) << hostBits;
  const parts = Array.from({ length: 8 }, (_, i) => ((first >> BigInt((7 - i) * 16)) & 0xffffn).toString(16));
  return `${new URL(`http://[${parts.join(':')}]`).hostname.slice(1, -1)}/${bits}`;
}

function expand6(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (half: string) => (half ? half.split(':').map((part) => Number.parseInt(part, 16)) : []);
  const [start, end] = [parse(head), parse(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - start.length - end.length;
  return [...start, ...Array.from({ length: zeros }, () => 0), ...end];
}
