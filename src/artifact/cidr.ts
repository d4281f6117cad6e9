// Addresses and CIDR blocks in their canonical form: EC2 clears host bits itself (100.68.0.18/18 becomes
// 100.68.0.0/18), so a rule that is not canonical would never be found again. Pure text.
import { isIP } from 'node:net';

/** `10.1.2.3/16` to `10.1.0.0/16`; an address alone gets /32 or /128; undefined when it is neither. */
export function findCidr(text: string): string | undefined {
  const [address = '', length, ...rest] = text.trim().split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const value = family === 4 ? readIpv4(address) : readIpv6(address);
  const hostBits = BigInt(bits - prefix);
  const network = (value >> hostBits) << hostBits;
  return `${family === 4 ? formatIpv4(network) : formatIpv6(network)}/${prefix}`;
}

function readIpv4(address: string): bigint {
  return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

function readIpv6(address: string): bigint {
  const [, head = address, tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const hex = tail === undefined ? address : `${head}${formatGroups(readIpv4(tail), 2)}`;
  const [left = '', right] = hex.split('::');
  const leftGroups = left === '' ? [] : left.split(':');
  const rightGroups = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array<string>(8 - leftGroups.length - rightGroups.length).fill('0');
  const groups = [...leftGroups, ...zeros, ...rightGroups];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** RFC 5952, by the URL parser, which writes IPv6 addresses that way. */
function formatIpv6(value: bigint): string {
  return new URL(`http://[${formatGroups(value, 8)}]/`).hostname.slice(1, -1);
}

function formatGroups(value: bigint, count: number): string {
  return Array.from({ length: count }, (_, index) =>
    ((value >> BigInt(16 * (count - 1 - index))) & 0xffffn).toString(16),
  ).join(':');
}
