// Examines whether copies can be made from here: credentials, endpoint, clock, permissions. Changes nothing.
import type { AwsConnection } from '../aws/connect.ts';
import { listSecurityGroups } from '../aws/ec2.ts';
import { findSubnetGroup } from '../aws/groups.ts';
import { listClusters, listInstances } from '../aws/rds.ts';
import { getCaller } from '../aws/sts.ts';
import { FactoryError, getMessage } from '../errors.ts';

export interface Finding {
  readonly what: string;
  readonly isGood: boolean;
  readonly detail: string;
  readonly hint?: string | undefined;
}

/** Signatures are refused when clocks differ by more than 15 minutes. */
const SKEW_SECONDS = 300;
const ANSWER_MS = 5000;
/** No copy has this name; that it is not found is the proof that asking is permitted. */
const NOBODY = 'db-artifact-doctor';

export async function examineAws(aws: AwsConnection): Promise<Finding[]> {
  const permissions: readonly (readonly [action: string, call: () => Promise<unknown>])[] = [
    ['rds:DescribeDBClusters', async () => await listClusters(aws)],
    ['rds:DescribeDBInstances', async () => await listInstances(aws)],
    ['rds:DescribeDBSubnetGroups', async () => await findSubnetGroup(aws, NOBODY)],
    ['ec2:DescribeSecurityGroups', async () => await listSecurityGroups(aws, NOBODY)],
  ];
  return await Promise.all([
    examine('credentials', async () => {
      const { account, arn } = await getCaller(aws);
      return `${arn}, account ${account}, region ${aws.region}`;
    }),
    examineEndpoint(aws.rdsUrl),
    ...permissions.map(([action, call]) =>
      examine(action, async () => {
        await call();
        return 'permitted';
      }),
    ),
  ]);
}

/** What a check throws is its finding, with the error's own hint. */
export async function examine(what: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { what, isGood: true, detail: await check() };
  } catch (error) {
    const hint = error instanceof FactoryError ? error.hint : undefined;
    return { what, isGood: false, detail: getMessage(error), hint: hint ?? 'See docs/errors.md.' };
  }
}

async function examineEndpoint(url: URL): Promise<Finding> {
  return await examine('endpoint and clock', async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: unknown) => {
      throw new FactoryError('NETWORK_FAILED', `${url.origin} does not answer: ${getMessage(error)}`, {
        hint: 'Check the network, proxies, the region and AWS_ENDPOINT_URL; is the local RDS up?',
      });
    });
    return describeClock(url, answer.headers.get('date'), Date.now());
  });
}

export function describeClock(url: URL, date: string | null, nowMs: number): string {
  if (date === null) return `${url.origin} answers; it does not tell the time`;
  const seconds = Math.round((nowMs - Date.parse(date)) / 1000);
  if (Math.abs(seconds) <= SKEW_SECONDS) return `${url.origin} answers; the clocks agree`;
  throw new FactoryError(
    'NOT_AUTHENTICATED',
    `this machine's clock is ${seconds} s off that of ${url.origin}`,
    {
      hint: 'Set the clock (timedatectl set-ntp true): AWS refuses signatures of another time.',
    },
  );
}
