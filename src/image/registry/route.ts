// Finds how a registry, or a server that it leads to, is reached: directly or through a proxy, and with whose certificates.
import type { Agent } from 'node:http';
import { findProxy, openProxyAgent } from '../../proxy.ts';
import { findCertificates, type RegistryCertificates } from './certificates.ts';
import { type HttpRequest, sendRequest } from './request.ts';

/** Sends one request on the right way. */
export type Send = (call: HttpRequest) => ReturnType<typeof sendRequest>;

interface Route {
  readonly agent?: Agent | undefined;
  readonly certificates: RegistryCertificates;
  /** `HOST:PORT` of the proxy. */
  readonly through?: string | undefined;
}

const IDLE_MS = 60_000;

/** The ways are found once for each server. */
export function makeSend(env: NodeJS.ProcessEnv, idleMs = IDLE_MS): Send {
  const routes = new Map<string, Promise<Route>>();
  return async (call) => {
    const { origin } = call.url;
    const route = routes.get(origin) ?? findRoute(call.url, env);
    routes.set(origin, route);
    return await sendRequest(call, { ...(await route), idleMs });
  };
}

async function findRoute(url: URL, env: NodeJS.ProcessEnv): Promise<Route> {
  const isSecure = url.protocol === 'https:';
  const certificates = isSecure ? await findCertificates(url.host, env) : {};
  const proxy = findProxy(url, env);
  if (proxy === undefined) return { certificates };
  return { certificates, through: proxy.host, agent: await openProxyAgent(proxy, isSecure) };
}
