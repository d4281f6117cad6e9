// Retries as the SDK's standard mode, with more attempts against throttling, and fewer where nothing answers at all.
import { StandardRetryStrategy } from '@smithy/core/retry';
import { isActionMissing } from './errors.ts';

const ATTEMPTS = 8;
const ATTEMPTS_WITHOUT_ANSWER = 3;

type Refresh = StandardRetryStrategy['refreshRetryTokenForRetry'];

export class PatientRetryStrategy extends StandardRetryStrategy {
  constructor() {
    super(ATTEMPTS);
  }

  override async refreshRetryTokenForRetry(...[token, info]: Parameters<Refresh>): ReturnType<Refresh> {
    const attempts = token.getRetryCount() + 1;
    if (isHopeless(info.error) && attempts >= ATTEMPTS_WITHOUT_ANSWER)
      throw new Error('not worth another try');
    return await super.refreshRetryTokenForRetry(token, info);
  }
}

function isHopeless(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code ?? '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'].includes(code) || isActionMissing(error);
}
