import { describe, expect, test } from 'vitest';
import { describeAwsError, hasAwsCode, isActionMissing } from '../../../src/aws/errors.ts';

function thrown(name: string, more: Record<string, unknown> = {}): Error {
  const error = Object.assign(new Error('what AWS says'), { $metadata: { requestId: 'req-1' }, ...more });
  error.name = name;
  return error;
}

describe('AWS errors', () => {
  test.each([
    ['DBClusterNotFoundFault', 'NOT_FOUND'],
    ['InvalidSubnetID.NotFound', 'NOT_FOUND'],
    ['DBClusterAlreadyExistsFault', 'NAME_TAKEN'],
    ['InvalidGroup.Duplicate', 'NAME_TAKEN'],
    ['DBClusterQuotaExceededFault', 'QUOTA_EXCEEDED'],
    ['InsufficientDBInstanceCapacityFault', 'QUOTA_EXCEEDED'],
    ['SecurityGroupLimitExceeded', 'QUOTA_EXCEEDED'],
    ['RequestLimitExceeded', 'AWS_FAILED'],
    ['InvalidDBClusterStateFault', 'CONFLICT'],
    ['DependencyViolation', 'CONFLICT'],
    ['AccessDeniedException', 'NOT_AUTHORIZED'],
    ['UnauthorizedOperation', 'NOT_AUTHORIZED'],
    ['ExpiredTokenException', 'NOT_AUTHENTICATED'],
    ['InvalidClientTokenId', 'NOT_AUTHENTICATED'],
    ['CredentialsProviderError', 'NOT_AUTHENTICATED'],
    ['InvalidParameterValue', 'AWS_FAILED'],
    ['AbortError', 'INTERRUPTED'],
  ])('%s is %s', (name, code) => {
    expect(describeAwsError('doing it', thrown(name)).code).toBe(code);
  });

  test('keeps the words of AWS, its code and the request id', () => {
    const error = describeAwsError('restoring cluster x', thrown('InvalidParameterValue'));
    expect(error.message).toBe('restoring cluster x: what AWS says (InvalidParameterValue, request req-1)');
  });

  test('knows an error by its shape and by its wire code, with or without Fault', () => {
    const error = describeAwsError('x', thrown('DBInstanceNotFoundFault', { Code: 'DBInstanceNotFound' }));
    expect(hasAwsCode(error, 'DBInstanceNotFound')).toBe(true);
    expect(hasAwsCode(error, 'DBClusterNotFound')).toBe(false);
  });

  test('a server that does not answer is a network failure', () => {
    const refused = thrown('Error', { code: 'ECONNREFUSED' });
    expect(describeAwsError('x', refused).code).toBe('NETWORK_FAILED');
    expect(describeAwsError('x', thrown('TimeoutError')).code).toBe('NETWORK_FAILED');
  });

  test('tells an endpoint that lacks an action from one that is in trouble', () => {
    expect(isActionMissing(thrown('InvalidAction'))).toBe(true);
    expect(isActionMissing(thrown('Error', { $metadata: { httpStatusCode: 500 } }))).toBe(true);
    const trouble = thrown('InternalFailure', { $metadata: { httpStatusCode: 500, requestId: 'r' } });
    expect(isActionMissing(trouble)).toBe(false);
  });
});
