// StartDBCluster and StopDBCluster: the servers of a cluster go, its data stays.
import { invalidClusterState } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { required, text } from '../parameters.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { getCluster } from './references.ts';
import { checkRoomForServer } from './room.ts';

const PARAMETERS = { DBClusterIdentifier: required(text) } as const;

export const startDBCluster = makeAction('rds', 'StartDBCluster', PARAMETERS, async (input, context) =>
  changeStatus(context, input.DBClusterIdentifier, 'stopped', 'starting'),
);

export const stopDBCluster = makeAction('rds', 'StopDBCluster', PARAMETERS, async (input, context) =>
  changeStatus(context, input.DBClusterIdentifier, 'available', 'stopping'),
);

async function changeStatus(
  context: ActionContext,
  idOrArn: string,
  from: string,
  to: 'starting' | 'stopping',
): Promise<XmlElement> {
  const { engine } = getCluster(context, idOrArn);
  if (to === 'starting') await checkRoomForServer(context, engine);
  const changed = await context.store.clusters.update(getCluster(context, idOrArn).id, (cluster) => {
    if (cluster.status !== from) {
      throw invalidClusterState(`DBCluster ${cluster.id} is not currently in the ${from} state.`);
    }
    return { ...cluster, status: to, statusSince: context.now().toISOString() };
  });
  context.databases.wake(changed.id);
  return { DBCluster: formatCluster(context, changed) };
}
