// What RDS offers: engine versions and instance classes.
import {
  DescribeDBEngineVersionsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
} from '@aws-sdk/client-rds';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';
import { collectAll, readPages } from './pages.ts';

export async function isOrderable(
  aws: AwsConnection,
  wanted: { readonly engine: string; readonly engineVersion: string; readonly instanceClass: string },
): Promise<boolean> {
  return await callAws(`asking for instance class ${wanted.instanceClass}`, async () => {
    const command = new DescribeOrderableDBInstanceOptionsCommand({
      Engine: wanted.engine,
      EngineVersion: wanted.engineVersion,
      DBInstanceClass: wanted.instanceClass,
    });
    const answer = await (await aws.rds()).send(command, getSendOptions(aws));
    return (answer.OrderableDBInstanceOptions ?? []).length > 0;
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
