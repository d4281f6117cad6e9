// Which engine versions there are, and the parameter groups that belong to them.
import type { Databases, EngineVersion } from '../databases.ts';
import { Fault, invalidCombination, invalidValue } from '../faults.ts';
import type { EngineFamily } from '../records.ts';

export const ENGINE_PORTS = { 'aurora-postgresql': 5432, 'aurora-mysql': 3306 } as const;

export function checkEngine(engine: string): EngineFamily {
  if (Object.hasOwn(ENGINE_PORTS, engine)) return engine as EngineFamily;
  throw invalidValue(`Invalid DB engine: ${engine}`);
}

/** Versions and parameter groups of Aurora MySQL; MariaDB counts otherwise, and its newest stands for all of them. */
const OF_AURORA_MYSQL = /^(5\.7|8\.\d+)(\.mysql_aurora\.\d+(\.\d+)*)?$/;
const GROUP_OF_AURORA_MYSQL = /^default\.aurora-mysql(5\.7|8\.\d+)$/;

/** A whole version or only its major; none asks for the newest. */
export function getVersion(databases: Databases, engine: EngineFamily, wanted?: string): EngineVersion {
  const versions = listVersions(databases, engine);
  const found = versions.find(
    ({ version, majorVersion }) => !wanted || version === wanted || majorVersion === wanted,
  );
  if (found) return found;
  const [newest] = versions;
  if (newest && engine === 'aurora-mysql' && OF_AURORA_MYSQL.test(wanted ?? '')) return newest;
  throw invalidCombination(`Cannot find version ${wanted ?? '(newest)'} for ${engine}`);
}

/** Newest first. */
export function listVersions(databases: Databases, engine: EngineFamily): readonly EngineVersion[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return databases.engineVersions
    .filter((candidate) => candidate.engine === engine)
    .sort((a, b) => collator.compare(b.version, a.version));
}

export function familyOf(version: EngineVersion): string {
  return `${version.engine}${version.majorVersion}`;
}

export function defaultGroupOf(version: EngineVersion): string {
  return `default.${familyOf(version)}`;
}

export function licenseOf(engine: EngineFamily): string {
  return engine === 'aurora-postgresql' ? 'postgresql-license' : 'general-public-license';
}

/** Only the default groups exist here. */
export function checkParameterGroup(
  kind: 'DBClusterParameterGroup' | 'DBParameterGroup',
  databases: Databases,
  version: EngineVersion,
  wanted: string | undefined,
): string {
  const fitting = defaultGroupOf(version);
  const name = wanted?.toLowerCase() ?? fitting;
  if (name === fitting) return name;
  if (version.engine === 'aurora-mysql' && GROUP_OF_AURORA_MYSQL.test(name)) return fitting;
  const other = databases.engineVersions.find((candidate) => defaultGroupOf(candidate) === name);
  if (!other) throw new Fault(`${kind}NotFound`, `${kind} not found: ${name}`, 404);
  throw invalidCombination(
    `The Parameter Group ${name} with DBParameterGroupFamily ${familyOf(other)} can't be used for this instance. ` +
      `Please use a Parameter Group with DBParameterGroupFamily ${familyOf(version)}`,
  );
}
