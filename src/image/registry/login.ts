// Keeps the authorization of a conversation: found once however many requests wait for it, renewed before it ends.
import { type Authorization, authorize, type Challenge } from './auth.ts';
import type { Credentials } from './credentials.ts';
import type { Send } from './route.ts';

export interface LoginOptions {
  /** What tokens are asked for, such as `repository:NAME:pull,push`. */
  readonly scopes: readonly string[];
  readonly findCredentials: () => Promise<Credentials | undefined>;
  readonly send: Send;
}

export interface Login {
  /** The header to send; undefined before the registry has asked for one. */
  getHeader(): Promise<string | undefined>;
  /** Answers a challenge; `refused` is the header that was sent. False where there is nothing better to send. */
  renew(challenge: Challenge, refused: string | undefined, isPlain: boolean): Promise<boolean>;
}

interface Held {
  readonly challenge: Challenge;
  readonly isPlain: boolean;
  readonly authorization: Promise<Authorization>;
}

export function openLogin(options: LoginOptions): Login {
  let held: Held | undefined;

  async function start(challenge: Challenge, isPlain: boolean): Promise<Authorization> {
    const authorization = findAuthorization(options, challenge, isPlain);
    const started = { challenge, isPlain, authorization };
    held = started;
    authorization.catch(() => {
      if (held === started) held = undefined;
    });
    return await authorization;
  }

  async function getCurrent(): Promise<Authorization | undefined> {
    const current = held;
    if (current === undefined) return undefined;
    const authorization = await current.authorization;
    if (Date.now() < authorization.expiresAtMs) return authorization;
    return held === current ? await start(current.challenge, current.isPlain) : await getCurrent();
  }

  return {
    getHeader: async () => (await getCurrent())?.header,
    renew: async (challenge, refused, isPlain) => {
      const current = await getCurrent();
      if (current !== undefined && current.header !== refused) return true;
      if (refused !== undefined) return false;
      await start(challenge, isPlain);
      return true;
    },
  };
}

async function findAuthorization(options: LoginOptions, challenge: Challenge, isPlain: boolean) {
  const credentials = await options.findCredentials();
  const { scopes, send } = options;
  return await authorize({ challenge, scopes, credentials, isPlain, send });
}
