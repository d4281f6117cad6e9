// ModifyDBInstance, RebootDBInstance and DeleteDBInstance.
import { invalidCombination, invalidInstanceState, notSupported } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { boolean, required, text } from '../parameters.ts';
import type { InstanceRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatInstance } from './instance-answer.ts';
import { checkInstanceClass, INSTANCE_SETTINGS, readInstanceSettings } from './instance-settings.ts';
import { getCluster, getInstance } from './references.ts';
import { checkParameterGroup, getVersion } from './versions.ts';

export const modifyDBInstance = makeAction(
  'rds',
  'ModifyDBInstance',
  {
    DBInstanceIdentifier: required(text),
    DBInstanceClass: text,
    DBParameterGroupName: text,
    ApplyImmediately: boolean,
    ...INSTANCE_SETTINGS,
  },
  async (input, context) =>
    changeInstance(context, input.DBInstanceIdentifier, (instance) => {
      checkAvailable(instance);
      const cluster = getCluster(context, instance.clusterId);
      const { DBInstanceClass: wanted, DBParameterGroupName: group } = input;
      const version = getVersion(context.databases, cluster.engine, cluster.engineVersion);
      return {
        ...instance,
        ...readInstanceSettings(input, instance, cluster),
        instanceClass: wanted ? checkInstanceClass(wanted, cluster) : instance.instanceClass,
        parameterGroup: group
          ? checkParameterGroup('DBParameterGroup', context.databases, version, group)
          : instance.parameterGroup,
        status: 'modifying',
      };
    }),
);

export const rebootDBInstance = makeAction(
  'rds',
  'RebootDBInstance',
  { DBInstanceIdentifier: required(text), ForceFailover: boolean },
  async (input, context) => {
    if (input.ForceFailover) {
      throw invalidCombination('Cannot force failover since the instance is not configured for Multi-AZ.');
    }
    return changeInstance(context, input.DBInstanceIdentifier, (instance) => {
      checkAvailable(instance);
      return { ...instance, status: 'rebooting' };
    });
  },
);

export const deleteDBInstance = makeAction(
  'rds',
  'DeleteDBInstance',
  {
    DBInstanceIdentifier: required(text),
    SkipFinalSnapshot: boolean,
    FinalDBSnapshotIdentifier: text,
    DeleteAutomatedBackups: boolean,
  },
  async (input, context) => {
    getInstance(context, input.DBInstanceIdentifier);
    if (input.FinalDBSnapshotIdentifier) {
      throw invalidCombination(
        'FinalDBSnapshotIdentifier cannot be specified when deleting a cluster instance.',
      );
    }
    if (input.DeleteAutomatedBackups === false)
      throw notSupported('DeleteAutomatedBackups with the value false');
    return changeInstance(context, input.DBInstanceIdentifier, (instance) => {
      checkDeletable(instance);
      return { ...instance, status: 'deleting' };
    });
  },
);

async function changeInstance(
  context: ActionContext,
  idOrArn: string,
  change: (instance: InstanceRecord) => InstanceRecord,
): Promise<XmlElement> {
  const { id } = getInstance(context, idOrArn);
  const statusSince = context.now().toISOString();
  const changed = await context.store.instances.update(id, (before) => ({ ...change(before), statusSince }));
  context.databases.wake(changed.clusterId);
  return { DBInstance: formatInstance(context, changed) };
}

function checkAvailable(instance: InstanceRecord): void {
  if (instance.status === 'available') return;
  throw invalidInstanceState('Database instance is not in available state.');
}

function checkDeletable(instance: InstanceRecord): void {
  if (instance.status === 'deleting') {
    throw invalidInstanceState(`Instance ${instance.id} is already being deleted.`);
  }
  if (/^(stopped|stopping|starting)$/.test(instance.status)) {
    throw invalidInstanceState(
      `Cannot delete DB instance ${instance.id} while its status is ${instance.status}.`,
    );
  }
}
