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
/** What a registry says of a manifest whose blobs it does not find. */
const UNKNOWN_CONTENT: readonly string[] = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'];

/**
 * The registry does not find what a manifest names: it was collected since it was looked for, or another upload of
 * the same blob to the same repository was writing its entry at that moment.
 */
export class UnknownContentError extends FactoryError {
  constructor(message: string) {
    super('STORE_FAILED', message);
  }
}

/** The answer itself where its status is one of `accepts`. */
export async function checkStatus(
  response: IncomingMessage,
  accepts: readonly number[],
  place: string,
): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (accepts.includes(status)) return response;
  const text = await readText(response).catch(() => '');
  const errors = parseErrors(text);
  const said = errors === undefined ? quoteText(text) : quoteErrors(errors);
  const message = `${place} answered HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  if (isBusyStatus(status)) {
    throw new BusyError(message, parseRetryAfter(response.headers['retry-after'], Date.now()));
  }
  if (errors?.some(({ code }) => UNKNOWN_CONTENT.includes(code))) throw new UnknownContentError(message);
  const { code, hint } = REFUSALS[status] ?? { code: 'STORE_FAILED' as const };
  throw new FactoryError(code, message, { hint });
}

interface RegistryError {
  readonly code: string;
  readonly message?: string;
}

function parseErrors(text: string): readonly RegistryError[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown };
    return Array.isArray(errors) ? errors : undefined;
  } catch {
    return undefined;
  }
}

function quoteErrors(errors: readonly RegistryError[]): string {
  return errors.map(({ code, message }) => [code, message].filter(Boolean).join(' ')).join('; ');
}

function quoteText(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_QUOTED);
}
