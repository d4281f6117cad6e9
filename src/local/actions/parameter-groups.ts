// DescribeDBClusterParameterGroups and DescribeDBParameterGroups: the default groups, which are all there are.
import { type ArnKind, makeArn } from '../arn.ts';
import type { EngineVersion } from '../databases.ts';
import { Fault, invalidValue } from '../faults.ts';
import { xmlList } from '../http/xml.ts';
import { type Shape, text } from '../parameters.ts';
import { type Action, makeAction } from './action.ts';
import { FILTERS } from './filters.ts';
import { PAGING, readPage } from './paging.ts';
import { defaultGroupOf, familyOf } from './versions.ts';

export const describeDBClusterParameterGroups = makeDescribe('DBClusterParameterGroup', 'cluster-pg');
export const describeDBParameterGroups = makeDescribe('DBParameterGroup', 'pg');

/** The two calls differ in the names on the wire and in nothing else. */
function makeDescribe(kind: 'DBClusterParameterGroup' | 'DBParameterGroup', arnKind: ArnKind): Action {
  const parameters = { [`${kind}Name`]: text, Filters: FILTERS, ...PAGING } satisfies Record<string, Shape>;
  return makeAction('rds', `Describe${kind}s`, parameters, (input, { databases, place }) => {
    if (input.Filters?.length) throw invalidValue(`Unrecognized filter name: ${input.Filters[0]?.Name}`);
    const wanted = readName(new Map<string, unknown>(Object.entries(input)).get(`${kind}Name`));
    const groups = listFamilies(databases.engineVersions).filter(
      (one) => !wanted || defaultGroupOf(one) === wanted,
    );
    if (wanted && groups.length === 0)
      throw new Fault(`${kind}NotFound`, `${kind} not found: ${wanted}`, 404);
    const page = readPage(groups, defaultGroupOf, input);
    const formatted = page.items.map((version) => ({
      [`${kind}Name`]: defaultGroupOf(version),
      DBParameterGroupFamily: familyOf(version),
      Description: `Default ${kind === 'DBParameterGroup' ? '' : 'cluster '}parameter group for ${familyOf(version)}`,
      [`${kind}Arn`]: makeArn(place, arnKind, defaultGroupOf(version)),
    }));
    return { [`${kind}s`]: xmlList(kind, formatted), Marker: page.marker };
  });
}

function readName(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

function listFamilies(versions: readonly EngineVersion[]): readonly EngineVersion[] {
  return [...new Map(versions.map((version) => [familyOf(version), version])).values()];
}
