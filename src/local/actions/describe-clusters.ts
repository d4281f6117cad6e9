// DescribeDBClusters.
import { boolean, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import { xmlList } from '../xml.ts';
import { makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { FILTERS, type Fields, filterItems } from './filters.ts';
import { PAGING, readPage } from './paging.ts';
import { getCluster } from './references.ts';

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

export const describeDBClusters = makeAction('rds', 'DescribeDBClusters', PARAMETERS, (input, context) => {
  const wanted = input.DBClusterIdentifier;
  const all = wanted ? [getCluster(context, wanted)] : context.store.clusters.list();
  const page = readPage(filterItems(all, input.Filters, FIELDS), (cluster) => cluster.id, input);
  return {
    DBClusters: xmlList(
      'DBCluster',
      page.items.map((cluster) => formatCluster(context, cluster)),
    ),
    Marker: page.marker,
  };
});
