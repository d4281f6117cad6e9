// Conversations with repositories, each with its login and retries, kept for as long as the store that has them.
import type { Reference } from '../reference.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
import { makeSend } from './route.ts';
import { openSession, type RegistrySession } from './session.ts';

export interface ConnectionOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Hosts that are spoken to without TLS though they are not this machine. */
  readonly plainHosts?: readonly string[] | undefined;
  /** Asked before Docker's own logins, for registries whose logins are made on demand. */
  readonly findLogin?: ((host: string) => Promise<Credentials | undefined>) | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long a connection may be silent; default: a minute. */
  readonly idleMs?: number | undefined;
}

/** `mounted`: other repositories of the same registry that are read. */
export type OpenRepository = (
  reference: Reference,
  mounted: readonly string[],
  actions: 'pull' | 'pull,push',
) => RegistrySession;

/** What is asked of a repository one after another finds its way and its login once. */
export function makeSessions(options: ConnectionOptions): OpenRepository {
  const sessions = new Map<string, RegistrySession>();
  return (reference, mounted, actions) => {
    const key = [reference.host, reference.repository, actions, ...mounted].join(' ');
    const session = sessions.get(key) ?? startSession(reference, mounted, actions, options);
    sessions.set(key, session);
    return session;
  };
}

function startSession(
  reference: Reference,
  mounted: readonly string[],
  actions: string,
  options: ConnectionOptions,
): RegistrySession {
  const { host, repository } = reference;
  const { env, findLogin } = options;
  return openSession({
    host,
    repository,
    scopes: [`repository:${repository}:${actions}`, ...mounted.map((name) => `repository:${name}:pull`)],
    findCredentials: async () => (await findLogin?.(host)) ?? (await findCredentials(host, repository, env)),
    isPlain: options.plainHosts?.includes(host) ?? false,
    retry: options.retry ?? DEFAULT_RETRY,
    send: makeSend(env, options.idleMs),
  });
}
