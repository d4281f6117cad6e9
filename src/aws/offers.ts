// What RDS offers: engine versions and instance classes.
import {
  DescribeDBEngineVersionsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  type DescribeOrderableDBInstanceOptionsMessage,
  type OrderableDBInstanceOption,
} from '@aws-sdk/client-rds';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';
import { collectAll, readPages } from './pages.ts';

export interface WantedInstance {
  readonly engine: string;
  readonly engineVersion: string;
  readonly instanceClass: string;
}

/** Zones where the class can be had; `unknown`: the endpoint tells nothing of that engine version at all. */
export async function listOrderableZones(
  aws: AwsConnection,
  { engine, engineVersion, instanceClass }: WantedInstance,
): Promise<readonly string[] | 'unknown'> {
  const wanted = { Engine: engine, EngineVersion: engineVersion, Vpc: true };
  const offered = await listOptions(aws, { ...wanted, DBInstanceClass: instanceClass });
  if (offered.length === 0 && (await listOptions(aws, wanted)).length === 0) return 'unknown';
  const own = offered.filter(({ DBInstanceClass }) => DBInstanceClass === instanceClass);
  const zones = own.flatMap(({ AvailabilityZones = [] }) => AvailabilityZones.map(({ Name = '' }) => Name));
  return [...new Set(zones)].sort();
}

async function listOptions(
  aws: AwsConnection,
  input: DescribeOrderableDBInstanceOptionsMessage,
): Promise<OrderableDBInstanceOption[]> {
  return await callAws(`asking for instance classes of ${input.Engine} ${input.EngineVersion}`, async () => {
    const answer = await (await aws.rds()).send(
      new DescribeOrderableDBInstanceOptionsCommand(input),
      getSendOptions(aws),
    );
    return answer.OrderableDBInstanceOptions ?? [];
  });
}

/** Versions that a new cluster can have. */
export async function listEngineVersions(aws: AwsConnection, engine: string): Promise<string[]> {
  const rds = await aws.rds();
  const versions = await collectAll(
    readPages(`listing the versions of ${engine}`, async (Marker) => {
      const command = new DescribeDBEngineVersionsCommand({ Engine: engine, Marker });
      const page = await rds.send(command, getSendOptions(aws));
      return { items: page.DBEngineVersions ?? [], marker: page.Marker };
    }),
  );
  return versions.flatMap(({ EngineVersion, Status = 'available' }) =>
    EngineVersion !== undefined && Status === 'available' ? [EngineVersion] : [],
  );
}
