// DescribeDBClusters.

import { xmlList } from '../http/xml.ts';
import { boolean, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { FILTERS, type Fields, filterItems } from './filters.ts';
import { PAGING, readPage } from './paging.ts';
import { getCluster } from './references.ts';
import { waitWhileMoving } from './wait-a-moment.ts';

const PARAMETERS = {
  DBClusterIdentifier: text,
  Filters: FILTERS,
  IncludeShared: boolean,
  ...PAGING,
} as const;

const FIELDS: Fields<ClusterRecord> = {
  'db-cluster-id': (cluster) => [cluster.id, cluster.arn],
  'db-cluster-resource-id': (cluster) => [cluster.resourceId],
  'clone-group-id': (cluster) => [cluster.cloneGroupId],
  engine: (cluster) => [cluster.engine],
  domain: () => [],
};

export const describeDBClusters = makeAction(
  'rds',
  'DescribeDBClusters',
  PARAMETERS,
  async (input, context) => {
    const wanted = input.DBClusterIdentifier;
    if (wanted) await waitForCluster(wanted, context);
    const all = wanted ? [getCluster(context, wanted)] : context.store.clusters.list();
    const page = readPage(filterItems(all, input.Filters, FIELDS), (cluster) => cluster.id, input);
    return {
      DBClusters: xmlList(
        'DBCluster',
        page.items.map((cluster) => formatCluster(context, cluster)),
      ),
      Marker: page.marker,
    };
  },
);

async function waitForCluster(idOrArn: string, context: ActionContext): Promise<void> {
  const { id } = getCluster(context, idOrArn);
  await waitWhileMoving(context, id, () => context.store.clusters.get(id)?.status);
}
