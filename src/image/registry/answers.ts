// Turns a registry's refusals into errors: one sentence with the registry's own words.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
import type { IncomingMessage } from 'node:http';
import { type ErrorCode, FactoryError } from '../../errors.ts';
import { readText } from './request.ts';
import { BusyError, isBusyStatus, parseRetryAfter } from './retry.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly hint?: string;
}

const REFUSALS: Readonly<Record<number, Refusal>> = {
  401: { code: 'NOT_AUTHENTICATED', hint: 'Log in with: docker login HOST' },
  403: { code: 'NOT_AUTHORIZED', hint: 'Ask for the right to read or write this repository.' },
  404: { code: 'NOT_FOUND', hint: 'Check the name; some registries want a repository to be made first.' },
  407: { code: 'NOT_AUTHENTICATED', hint: 'The proxy wants a login: http://USER:PASSWORD@HOST:PORT.' },
  413: { code: 'STORE_FAILED', hint: 'The registry, or a proxy before it, limits the size of an upload.' },
};
const MAX_QUOTED = 300;

/** The answer itself where its status is one of `accepts`. */
export async function checkStatus(
  response: IncomingMessage,
  accepts: readonly number[],
  place: string,
): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (accepts.includes(status)) return response;
  const said = quoteErrors(await readText(response).catch(() => ''));
  const message = `${place} answered HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  if (isBusyStatus(status)) {
    throw new BusyError(message, parseRetryAfter(response.headers['retry-after'], Date.now()));
  }
  const { code, hint } = REFUSALS[status] ?? { code: 'STORE_FAILED' as const };
  throw new FactoryError(code, message, { hint });
}

function quoteErrors(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors: readonly { code: string; message?: string }[] };
    return errors.map(({ code, message }) => [code, message].filter(Boolean).join(' ')).join('; ');
  } catch {
    return text.replace(/\s+/g, ' ').trim().slice(0, MAX_QUOTED);
  }
}
