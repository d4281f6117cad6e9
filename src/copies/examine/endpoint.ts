// Whether the endpoint answers, and whether its clock and ours agree.
import { FactoryError, getMessage } from '../../errors.ts';
import { examine, type Finding } from './finding.ts';

/** Signatures are refused when clocks differ by more than 15 minutes. */
const SKEW_SECONDS = 300;
const ANSWER_MS = 5000;

export function examineEndpoint(url: URL): Promise<Finding>[] {
  const answer = fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: unknown) => {
    throw new FactoryError('NETWORK_FAILED', `${url.origin} does not answer: ${getReason(error)}`, {
      hint: 'Check the network, proxies, the region and AWS_ENDPOINT_URL; is the local RDS up?',
    });
  });
  return [
    examine('endpoint', async () => {
      await answer;
      return `${url.origin} answers`;
    }),
    examine('clock', async () => describeClock(url, (await answer).headers.get('date'), Date.now())),
  ];
}

/** `fetch failed` says nothing; its cause does. */
function getReason(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? getMessage(error.cause) : getMessage(error);
}

export function describeClock(url: URL, date: string | null, nowMs: number): string {
  if (date === null) throw new FactoryError('NOT_SUPPORTED', `${url.origin} does not tell the time`);
  const seconds = Math.round((nowMs - Date.parse(date)) / 1000);
  if (Math.abs(seconds) <= SKEW_SECONDS) return 'the clocks agree';
  throw new FactoryError(
    'NOT_AUTHENTICATED',
    `this machine's clock is ${seconds} s off that of ${url.origin}`,
    {
      hint: 'Set the clock (timedatectl set-ntp true): AWS refuses signatures of another time.',
    },
  );
}
