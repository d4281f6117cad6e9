// Asks a running local RDS what it does: a signed call of our own for `local status`. Knows no records.
import { type ErrorCode, FactoryError, wrapError } from '../../errors.ts';
import type { DatabasesReport } from '../databases.ts';
import type { Credentials } from '../http/caller.ts';
import { ALGORITHM, computeSignature, formatSignatureTime } from '../http/sigv4.ts';

export interface LocalStatus extends DatabasesReport {
  readonly region: string;
  readonly accountId: string;
}

export interface LocalEndpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
}

export async function readLocalStatus(
  url: string,
  region: string,
  credentials: Credentials,
): Promise<LocalStatus> {
  return (await callLocal({ url, region, credentials }, 'DescribeLocalStatus')) as LocalStatus;
}

/** For actions of our own, which answer JSON. */
export async function callLocal(
  { url, region, credentials }: LocalEndpoint,
  action: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const body = new URLSearchParams({ Action: action, Version: '2014-10-31', ...parameters }).toString();
  const signedAt = formatSignatureTime(new Date());
  const scope = { accessKeyId: credentials.accessKeyId, date: signedAt.slice(0, 8), region, service: 'rds' };
  const signedHeaders = ['host', 'x-amz-date'];
  const signature = computeSignature(
    {
      method: 'POST',
      target: '/',
      headers: { host: new URL(url).host, 'x-amz-date': signedAt },
      body: Buffer.from(body),
    },
    { scope, signedAt, signedHeaders },
    credentials.secretAccessKey,
  );
  const credential = `${scope.accessKeyId}/${scope.date}/${region}/rds/aws4_request`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return await post(url, body, { 'x-amz-date': signedAt, authorization });
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body, headers }).catch((error) => {
    throw wrapError(`asking the local RDS at ${url}`, error, 'NETWORK_FAILED');
  });
  const content = await response.text();
  if (response.ok) return JSON.parse(content);
  const [, code = ''] = /<Code>(.*?)<\/Code>/s.exec(content) ?? [];
  const [, message] = /<Message>(.*?)<\/Message>/s.exec(content) ?? [];
  throw new FactoryError(
    FAULTS[code] ?? 'NETWORK_FAILED',
    message ?? `the local RDS at ${url} answered ${response.status}: ${content}`,
  );
}

const FAULTS: Readonly<Record<string, ErrorCode>> = {
  DBClusterAlreadyExistsFault: 'NAME_TAKEN',
  DBClusterNotFoundFault: 'NOT_FOUND',
  InvalidParameterValue: 'BAD_INVOCATION',
  InvalidParameterCombination: 'NOT_SUPPORTED',
  InvalidDBClusterStateFault: 'CONFLICT',
  OperationNotPermitted: 'REFUSED',
  InvalidAction: 'NOT_SUPPORTED', // a server of an older version
};
