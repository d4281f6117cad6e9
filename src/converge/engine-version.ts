// The engine version of a fresh cluster. A clone has its source's; a new cluster can only have one that is still offered.
import type { AwsConnection } from '../aws/connect.ts';
import { listEngineVersions } from '../aws/offers.ts';
import { FactoryError } from '../errors.ts';
import { optional } from './optional.ts';
import type { CopySettings } from './settings.ts';

export interface OfferedVersion {
  readonly settings: CopySettings;
  readonly warnings: readonly string[];
}

/** The settings with a version that RDS offers; throws NOT_SUPPORTED when none of the major version is left. */
export async function offerVersion(aws: AwsConnection, settings: CopySettings): Promise<OfferedVersion> {
  if (settings.mode === 'clone') return { settings, warnings: [] };
  const { engine, engineVersion } = settings;
  let offered: string[] = [];
  const unknown = await optional(`check that ${engine} ${engineVersion} is offered`, async () => {
    offered = await listEngineVersions(aws, engine);
    return [];
  });
  if (unknown.length > 0) return { settings, warnings: unknown };
  const nearest = findNearestVersion(engineVersion, offered);
  if (nearest === undefined) {
    throw new FactoryError('NOT_SUPPORTED', `${engine} ${engineVersion} is offered no more`, {
      hint: `Offered: ${offered.join(', ') || 'none'}. Upgrade the source, or clone it.`,
    });
  }
  if (nearest === engineVersion) return { settings, warnings: [] };
  return {
    settings: { ...settings, engineVersion: nearest },
    warnings: [`${engine} ${engineVersion} is offered no more; the copy gets ${nearest}`],
  };
}

/** The same one, else the next newer of its major version, else the newest older: parameter groups stay valid. */
export function findNearestVersion(version: string, offered: readonly string[]): string | undefined {
  if (offered.includes(version)) return version;
  const same = offered
    .filter((other) => getMajor(other) === getMajor(version))
    .sort((one, other) => compareVersions(one, other));
  return same.find((other) => compareVersions(other, version) > 0) ?? same.at(-1);
}

/** `15` of `15.4`, and `8.0` of `8.0.mysql_aurora.3.05.2`. */
function getMajor(version: string): string {
  const [first = '', second = ''] = version.split('.');
  return version.includes('mysql') ? `${first}.${second}` : first;
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
