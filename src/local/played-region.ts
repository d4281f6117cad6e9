// The region that a data folder plays: that of its first start, which every ARN that it has given out names.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SUBNET_GROUP } from './network.ts';
import { openStore } from './store.ts';

/** Undefined: nothing has been started on it yet. */
export async function findPlayedRegion(dataDir: string): Promise<string | undefined> {
  const folder = join(dataDir, 'records');
  if (!existsSync(folder)) return undefined;
  const { subnetGroups } = await openStore(folder);
  return subnetGroups.get(DEFAULT_SUBNET_GROUP)?.arn.split(':')[3];
}
