// CreateDBClusterSnapshot, CopyDBClusterSnapshot, DescribeDBClusterSnapshots and DeleteDBClusterSnapshot.
import { makeArn } from '../arn.ts';
import { invalidClusterState, invalidCombination, invalidSnapshotState, invalidValue } from '../faults.ts';
import { type XmlElement, xmlList } from '../http/xml.ts';
import { boolean, type Input, required, text } from '../parameters.ts';
import type { ClusterRecord, SnapshotRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { FILTERS, type Fields, filterItems } from './filters.ts';
import { PAGING, readPage } from './paging.ts';
import { checkSnapshotAvailable, getCluster, getSnapshot } from './references.ts';
import { formatSnapshot, SNAPSHOT_TYPE } from './snapshot-answer.ts';
import { checkNewSnapshotId, describeForSnapshot, makeSnapshot } from './snapshot-make.ts';
import { addTags, TAGS } from './tag-list.ts';

export const createDBClusterSnapshot = makeAction(
  'rds',
  'CreateDBClusterSnapshot',
  { DBClusterSnapshotIdentifier: required(text), DBClusterIdentifier: required(text), Tags: TAGS },
  async (input, context) => {
    const id = checkNewSnapshotId(context, 'DBClusterSnapshotIdentifier', input.DBClusterSnapshotIdentifier);
    const cluster = checkAvailable(getCluster(context, input.DBClusterIdentifier));
    const snapshot = await makeSnapshot(context, id, {
      status: 'creating',
      cluster: describeForSnapshot(cluster),
      tags: addTags(cluster.settings.copyTagsToSnapshot ? cluster.tags : {}, input.Tags),
    });
    return { DBClusterSnapshot: formatSnapshot(snapshot) };
  },
);

const COPY_PARAMETERS = {
  SourceDBClusterSnapshotIdentifier: required(text),
  TargetDBClusterSnapshotIdentifier: required(text),
  KmsKeyId: text,
  CopyTags: boolean,
  Tags: TAGS,
} as const;

export const copyDBClusterSnapshot = makeAction(
  'rds',
  'CopyDBClusterSnapshot',
  COPY_PARAMETERS,
  copySnapshot,
);

async function copySnapshot(
  input: Input<typeof COPY_PARAMETERS>,
  context: ActionContext,
): Promise<XmlElement> {
  const source = checkSnapshotAvailable(getSnapshot(context, input.SourceDBClusterSnapshotIdentifier));
  const target = input.TargetDBClusterSnapshotIdentifier;
  const id = checkNewSnapshotId(context, 'TargetDBClusterSnapshotIdentifier', target);
  const { settings } = source.cluster;
  if (input.KmsKeyId !== undefined && !settings.storageEncrypted) {
    throw invalidCombination('KmsKeyId cannot be specified when the source snapshot is not encrypted.');
  }
  const kmsKeyId = input.KmsKeyId ?? settings.kmsKeyId;
  const snapshot = await makeSnapshot(context, id, {
    status: 'copying',
    copyOf: { arn: source.arn, volumeId: source.volumeId },
    cluster: { ...source.cluster, settings: { ...settings, kmsKeyId } },
    tags: addTags(input.CopyTags ? source.tags : {}, input.Tags),
  });
  return { DBClusterSnapshot: formatSnapshot(snapshot) };
}

const DESCRIBE_PARAMETERS = {
  DBClusterIdentifier: text,
  DBClusterSnapshotIdentifier: text,
  DbClusterResourceId: text,
  SnapshotType: text,
  IncludeShared: boolean,
  IncludePublic: boolean,
  Filters: FILTERS,
  ...PAGING,
} as const;

type DescribeInput = Input<typeof DESCRIBE_PARAMETERS>;

export const describeDBClusterSnapshots = makeAction(
  'rds',
  'DescribeDBClusterSnapshots',
  DESCRIBE_PARAMETERS,
  (input, context) => {
    const filtered = filterItems(listWanted(input, context), input.Filters, fieldsIn(context));
    const page = readPage(filtered, ({ id }) => id, input);
    return {
      DBClusterSnapshots: xmlList('DBClusterSnapshot', page.items.map(formatSnapshot)),
      Marker: page.marker,
    };
  },
);

const SNAPSHOT_TYPES = [SNAPSHOT_TYPE, 'automated', 'shared', 'public', 'awsbackup'];

/** The cluster may be gone, so one that is not there is no fault. */
function listWanted(input: DescribeInput, context: ActionContext): readonly SnapshotRecord[] {
  const { DBClusterSnapshotIdentifier: id, DBClusterIdentifier: clusterId, SnapshotType: type } = input;
  if (id && clusterId) {
    throw invalidCombination(
      'DBClusterIdentifier and DBClusterSnapshotIdentifier cannot both be specified at the same time.',
    );
  }
  if (type && !SNAPSHOT_TYPES.includes(type)) throw invalidValue(`Invalid snapshot type: ${type}`);
  const all = id ? [getSnapshot(context, id)] : context.store.snapshots.list();
  const wanted = clusterId?.toLowerCase();
  return all.filter(
    ({ cluster }) =>
      (!type || type === SNAPSHOT_TYPE) &&
      (!wanted || wanted === cluster.id || wanted === makeArn(context.place, 'cluster', cluster.id)) &&
      (!input.DbClusterResourceId || input.DbClusterResourceId === cluster.resourceId),
  );
}

function fieldsIn({ place }: ActionContext): Fields<SnapshotRecord> {
  return {
    'db-cluster-id': ({ cluster }) => [cluster.id, makeArn(place, 'cluster', cluster.id)],
    'db-cluster-snapshot-id': (snapshot) => [snapshot.id, snapshot.arn],
    'snapshot-type': () => [SNAPSHOT_TYPE],
    engine: ({ cluster }) => [cluster.engine],
  };
}

export const deleteDBClusterSnapshot = makeAction(
  'rds',
  'DeleteDBClusterSnapshot',
  { DBClusterSnapshotIdentifier: required(text) },
  async (input, context) => {
    const { id } = getSnapshot(context, input.DBClusterSnapshotIdentifier);
    const deleted = await context.store.snapshots.update(id, (snapshot) => {
      if (!/^(available|failed)$/.test(snapshot.status)) {
        throw invalidSnapshotState(
          `The DB cluster snapshot ${id} cannot be deleted because its status is ${snapshot.status}.`,
        );
      }
      return { ...snapshot, status: 'deleting', statusSince: context.now().toISOString() };
    });
    context.databases.wakeSnapshot(id);
    return { DBClusterSnapshot: formatSnapshot(deleted) };
  },
);

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterSnapshot.html#API_CreateDBClusterSnapshot_Errors */
function checkAvailable(cluster: ClusterRecord): ClusterRecord {
  if (cluster.status === 'available') return cluster;
  throw invalidClusterState(
    `Cannot create a snapshot because the DB cluster ${cluster.id} is not currently in the available state.`,
  );
}
