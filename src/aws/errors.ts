// Turns what the AWS SDK throws into FactoryErrors that quote AWS's own words and the request id.
// RDS names one error by shape (`DBInstanceNotFoundFault`) or by wire code (`DBInstanceNotFound`): suffixes are cut.
import { type ErrorCode, FactoryError, getMessage } from '../errors.ts';

interface ThrownByAws {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly $metadata?: { readonly requestId?: string; readonly httpStatusCode?: number };
}

const LOG_IN = 'Log in again (aws sso login, aws login), or check AWS_PROFILE and the AWS_* variables.';
const PERMISSIONS = 'Ask for the permissions that docs/iam.md lists.';

/** The first row that matches decides. */
const RULES: readonly (readonly [pattern: RegExp, code: ErrorCode, hint?: string])[] = [
  [/^(CredentialsProvider|TokenProvider)Error$/, 'NOT_AUTHENTICATED', LOG_IN],
  [/^(Expired|Invalid)?Token(Refresh.*)?$|^ExpiredToken/, 'NOT_AUTHENTICATED', LOG_IN],
  [
    /^(InvalidClientTokenId|UnrecognizedClient|AuthFailure|MissingAuthenticationToken)$/,
    'NOT_AUTHENTICATED',
    LOG_IN,
  ],
  [/^(SignatureDoesNotMatch|IncompleteSignature|RequestExpired)$/, 'NOT_AUTHENTICATED', LOG_IN],
  [/^(AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired)$/, 'NOT_AUTHORIZED', PERMISSIONS],
  [/NotFound$|^InvalidGroupId\.Malformed$/, 'NOT_FOUND'],
  [/AlreadyExists$|\.Duplicate$/, 'NAME_TAKEN'],
  [/^RequestLimitExceeded$|^Throttling/, 'AWS_FAILED', 'AWS asks to slow down; try again in a minute.'],
  [
    /QuotaExceeded$|LimitExceeded$|^Insufficient.*Capacity$/,
    'QUOTA_EXCEEDED',
    'Destroy copies that nobody needs (db-artifact list, db-artifact gc), or ask AWS for a higher quota.',
  ],
  [/^Invalid(DBCluster|DBInstance|DBSubnetGroup|DBSubnet)State$|^DependencyViolation$/, 'CONFLICT'],
  [/^InvalidGroup\.InUse$/, 'CONFLICT'],
  [
    /^KMSKeyNotAccessible$/,
    'NOT_AUTHORIZED',
    'The key must be enabled and its policy must let you use it; with aws/rds no other account can clone.',
  ],
  [/^InvalidAction$/, 'NOT_SUPPORTED'],
];

const NETWORK_CODES =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|ERR_TLS.*|.*CERT.*)$/;

/** `doing` is a clause such as `restoring cluster shop-alice`. */
export function describeAwsError(doing: string, thrown: unknown): FactoryError {
  if (thrown instanceof FactoryError) return thrown;
  const error = (thrown ?? {}) as ThrownByAws;
  if (error.name === 'AbortError') return makeInterruptedError(doing);
  if (isNetworkError(error)) {
    return new FactoryError('NETWORK_FAILED', `${doing}: ${getMessage(thrown) || error.code}`, {
      hint: 'Check the network, the region and AWS_ENDPOINT_URL; is the local RDS up?',
      cause: thrown,
    });
  }
  if (error.$metadata?.httpStatusCode === 407) {
    return new FactoryError('NETWORK_FAILED', `${doing}: the proxy wants another login (HTTP 407)`, {
      hint: 'Check the user and the password in HTTPS_PROXY or HTTP_PROXY.',
      cause: thrown,
    });
  }
  const [, code, hint] = RULES.find(([pattern]) => listNames(error).some((name) => pattern.test(name))) ?? [];
  return new FactoryError(code ?? 'AWS_FAILED', `${doing}: ${quoteAws(thrown)}`, { hint, cause: thrown });
}

export function makeInterruptedError(doing: string): FactoryError {
  return new FactoryError('INTERRUPTED', `interrupted while ${doing}`, {
    hint: 'The same command goes on from here; db-artifact destroy removes what was made.',
  });
}

/** Runs an AWS call; whatever it throws comes out as a FactoryError. */
export async function callAws<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw describeAwsError(doing, error);
  }
}

/** Whether AWS answered with one of these errors, named without `Fault` or `Exception`. */
export function hasAwsCode(error: unknown, ...codes: readonly string[]): boolean {
  const cause = error instanceof FactoryError ? error.cause : error;
  return listNames((cause ?? {}) as ThrownByAws).some((name) => codes.includes(name));
}

/** The endpoint does not know the action, or cannot do it: what it would have told stays unknown. */
export function isActionMissing(error: unknown): boolean {
  const cause = ((error instanceof FactoryError ? error.cause : error) ?? {}) as ThrownByAws;
  const isUnreadable = cause.$metadata?.httpStatusCode === 500 && !cause.$metadata.requestId;
  return hasAwsCode(error, 'InvalidAction', 'NotImplemented') || isUnreadable || cause instanceof SyntaxError;
}

function isNetworkError(error: ThrownByAws): boolean {
  return error.name === 'TimeoutError' || NETWORK_CODES.test(error.code ?? '');
}

function listNames(error: ThrownByAws): string[] {
  return [error.name, error.Code]
    .filter((name) => typeof name === 'string')
    .map((name) => name.replace(/(Fault|Exception)$/, ''));
}

function quoteAws(thrown: unknown): string {
  const { name, Code, $metadata } = (thrown ?? {}) as ThrownByAws;
  const requestId = $metadata?.requestId ? `, request ${$metadata.requestId}` : '';
  const message = getMessage(thrown);
  // What is not AWS, such as a proxy, has no words that the SDK understands.
  const said = message === 'Unknown' ? `HTTP ${$metadata?.httpStatusCode}` : message;
  return `${said} (${Code ?? name ?? 'error'}${requestId})`;
}
