// Examines whether copies can be made from here: credentials, region, endpoint, clock, permissions, a source's port.
// Changes nothing.
import type { AwsConnection } from '../../aws/connect.ts';
import { type Caller, getCaller } from '../../aws/sts.ts';
import { FactoryError, getMessage } from '../../errors.ts';
import { examineEndpoint } from './endpoint.ts';
import { examine, type Finding } from './finding.ts';
import { examineReading, examineWriting } from './permissions.ts';
import { examineSource } from './source.ts';

export interface AwsExamination {
  /** The copy that permissions are asked for; it need not be there. */
  readonly name: string;
  /** Cluster whose port is tried. */
  readonly sourceId?: string | undefined;
}

export async function examineAws(aws: AwsConnection, { name, sourceId }: AwsExamination): Promise<Finding[]> {
  const caller = getCallerHere(aws);
  const findings = await Promise.all([
    examine('credentials', async () => {
      const { account, arn } = await caller;
      return `${arn}, account ${account}`;
    }),
    examine('region', async () => aws.region),
    ...examineEndpoint(aws.rdsUrl),
    ...examineReading(aws),
    ...examineWriting(aws, caller, name),
    ...(sourceId === undefined ? [] : [examineSource(aws, sourceId)]),
  ]);
  return findings;
}

/** An endpoint that serves one region refuses a signature for another, which looks like wrong keys. */
async function getCallerHere(aws: AwsConnection): Promise<Caller> {
  try {
    return await getCaller(aws);
  } catch (error) {
    if (!/scoped to a valid region|credential should be scoped/i.test(getMessage(error))) throw error;
    throw new FactoryError('NOT_AUTHENTICATED', getMessage(error), {
      hint: `Another region than ${aws.region} answers there: correct --region, AWS_REGION or the profile's region.`,
      cause: error,
    });
  }
}
