// DescribeDBInstances.
import { makeArn } from '../arn.ts';
import { xmlList } from '../http/xml.ts';
import { text } from '../parameters.ts';
import type { InstanceRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { FILTERS, type Fields, filterItems } from './filters.ts';
import { formatInstance } from './instance-answer.ts';
import { PAGING, readPage } from './paging.ts';
import { getInstance } from './references.ts';
import { waitWhileMoving } from './wait-a-moment.ts';

const PARAMETERS = { DBInstanceIdentifier: text, Filters: FILTERS, ...PAGING } as const;

export const describeDBInstances = makeAction(
  'rds',
  'DescribeDBInstances',
  PARAMETERS,
  async (input, context) => {
    const wanted = input.DBInstanceIdentifier;
    if (wanted) await waitForInstance(wanted, context);
    const all = wanted ? [getInstance(context, wanted)] : context.store.instances.list();
    const page = readPage(
      filterItems(all, input.Filters, fieldsIn(context)),
      (instance) => instance.id,
      input,
    );
    return {
      DBInstances: xmlList(
        'DBInstance',
        page.items.map((instance) => formatInstance(context, instance)),
      ),
      Marker: page.marker,
    };
  },
);

async function waitForInstance(idOrArn: string, context: ActionContext): Promise<void> {
  const { id, clusterId } = getInstance(context, idOrArn);
  await waitWhileMoving(context, clusterId, () => context.store.instances.get(id)?.status);
}

function fieldsIn(context: ActionContext): Fields<InstanceRecord> {
  return {
    'db-cluster-id': ({ clusterId }) => [clusterId, makeArn(context.place, 'cluster', clusterId)],
    'db-instance-id': (instance) => [instance.id, instance.arn],
    'dbi-resource-id': (instance) => [instance.resourceId],
    engine: (instance) => [context.store.clusters.get(instance.clusterId)?.engine],
    domain: () => [],
  };
}
