// Which HTTP proxy leads to a URL, by the variables that curl, Docker and Go's programs read.
// https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
import type { Agent } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { FactoryError } from './errors.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Undefined: it is asked directly, as this machine itself always is. */
export function findProxy(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = read(name, env);
  if (!text || LOOPBACK.test(url.hostname) || isExempt(url, read('NO_PROXY', env) ?? '')) return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(full) ? new URL(full) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // The text may hold a password, so it is not quoted.
  throw new FactoryError('BAD_INVOCATION', `${name} is not the URL of an HTTP proxy`, {
    hint: `Set ${name} to http://HOST:PORT, or take it away.`,
  });
}

export interface AgentSettings {
  readonly keepAlive?: boolean;
  readonly maxSockets?: number;
}

/** Loaded only where there is a proxy. Without TLS a proxy is asked for the whole URL, with TLS for a tunnel. */
export async function openProxyAgent(
  proxy: URL,
  isSecure: boolean,
  settings: AgentSettings = {},
): Promise<Agent> {
  if (!isSecure) return new (await import('http-proxy-agent')).HttpProxyAgent(proxy, settings);
  return new (await import('https-proxy-agent')).HttpsProxyAgent(proxy, settings);
}

/** The lower-case name wins. */
function read(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return env[name.toLowerCase()] ?? env[name];
}

function isExempt(url: URL, noProxy: string): boolean {
  const entries = noProxy.split(/[\s,]+/).filter(Boolean);
  return entries.some((entry) => entry === '*' || matches(url, entry.toLowerCase()));
}

/** `host`, `.domain`, `*.domain`, each with `:port` or without, an address, or a range such as `10.0.0.0/8`. */
function matches(url: URL, entry: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (entry.includes('/')) return isInRange(host, entry);
  const [, name = entry, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (port !== undefined && port !== (url.port || DEFAULT_PORTS[url.protocol])) return false;
  const suffix = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
  return host.endsWith(`.${suffix}`) || (host === suffix && !/^\*?\./.test(name));
}

function isInRange(host: string, range: string): boolean {
  const [address = '', bits = ''] = range.split('/');
  const kind = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || isIP(host) !== isIP(address) || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (kind === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), kind);
  return list.check(host, kind);
}
