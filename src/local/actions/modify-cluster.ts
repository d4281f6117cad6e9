// ModifyDBCluster: settings, security groups and the master password of a cluster.
import { invalidClusterState, notSupported } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { boolean, type Input, integer, list, required, structure, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { checkPort, reservePort } from './cluster-make.ts';
import { checkLogTypes, readSettings, SHARED_SETTINGS } from './cluster-settings.ts';
import { checkPasswordInput, makeSecret } from './managed-password.ts';
import { checkMasterPassword } from './master-user.ts';
import { checkSecurityGroups, getCluster } from './references.ts';
import { checkParameterGroup, getVersion } from './versions.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  ApplyImmediately: boolean,
  MasterUserPassword: text,
  ManageMasterUserPassword: boolean,
  EngineVersion: text,
  Port: integer,
  VpcSecurityGroupIds: list('VpcSecurityGroupId', text),
  DBClusterParameterGroupName: text,
  PreferredMaintenanceWindow: text,
  AutoMinorVersionUpgrade: boolean,
  CloudwatchLogsExportConfiguration: structure({
    EnableLogTypes: list('member', text),
    DisableLogTypes: list('member', text),
  }),
  ...SHARED_SETTINGS,
} as const;

type ModifyInput = Input<typeof PARAMETERS>;

export const modifyDBCluster = makeAction('rds', 'ModifyDBCluster', PARAMETERS, modifyCluster);

async function modifyCluster(input: ModifyInput, context: ActionContext): Promise<XmlElement> {
  const before = checkModifiable(getCluster(context, input.DBClusterIdentifier));
  const { id, engine, masterUserSecret } = before;
  checkPasswordInput(input, before);
  const { password, secret } = await readPassword(input, context, before);
  const verifier =
    password === undefined ? undefined : await context.databases.hashPassword(engine, password);
  const port = await readPort(input, context);
  const modified = await context.store.clusters.update(id, (cluster) => ({
    ...applyChanges(input, context, checkModifiable(cluster), { verifier, port }),
    masterUserSecret: secret,
  }));
  if (masterUserSecret !== undefined && masterUserSecret !== secret) {
    await context.store.secrets.remove(masterUserSecret);
  }
  context.databases.wake(id);
  return { DBCluster: formatCluster(context, modified) };
}

function checkModifiable(cluster: ClusterRecord): ClusterRecord {
  if (cluster.status === 'available') return cluster;
  throw invalidClusterState(`DBCluster ${cluster.id} is not currently in the available state.`);
}

/** What changes about the master password: the new one, and which secret holds it afterwards. */
async function readPassword(input: ModifyInput, context: ActionContext, cluster: ClusterRecord) {
  const { masterUserSecret: before } = cluster;
  const given = input.MasterUserPassword;
  if (given !== undefined) return { password: checkMasterPassword(cluster.engine, given), secret: undefined };
  if (!input.ManageMasterUserPassword || before !== undefined) return { password: undefined, secret: before };
  const { name, password } = await makeSecret(context, cluster);
  return { password, secret: name };
}

/** The server starts again on its new port; a port that is taken gets a free one instead. */
async function readPort(input: ModifyInput, context: ActionContext): Promise<number | undefined> {
  const { port } = getCluster(context, input.DBClusterIdentifier);
  if (input.Port === undefined || input.Port === port) return undefined;
  checkPort(input.Port);
  return await reservePort(context, input.Port);
}

/** A password is applied at once, with or without ApplyImmediately; so is here everything else. */
function applyChanges(
  input: ModifyInput,
  context: ActionContext,
  cluster: ClusterRecord,
  { verifier, port }: { readonly verifier: string | undefined; readonly port: number | undefined },
): ClusterRecord {
  const version = getVersion(context.databases, cluster.engine, cluster.engineVersion);
  checkSameVersion(input, cluster, version.majorVersion);
  const { VpcSecurityGroupIds: groups, DBClusterParameterGroupName: group } = input;
  return {
    ...cluster,
    status: verifier === undefined ? 'modifying' : 'resetting-master-credentials',
    statusSince: context.now().toISOString(),
    ...(port === undefined ? {} : { port, formerPorts: undefined }),
    pendingVerifier: verifier ?? cluster.pendingVerifier,
    securityGroupIds: groups?.length ? checkSecurityGroups(context, groups) : cluster.securityGroupIds,
    clusterParameterGroup: group
      ? checkParameterGroup('DBClusterParameterGroup', context.databases, version, group)
      : cluster.clusterParameterGroup,
    settings: {
      ...readSettings(cluster.engine, cluster.settings, input),
      logExports: readLogExports(input, cluster),
    },
  };
}

function checkSameVersion(input: ModifyInput, cluster: ClusterRecord, majorVersion: string): void {
  const wanted = input.EngineVersion ?? cluster.engineVersion;
  if (wanted === cluster.engineVersion || wanted === majorVersion) return;
  throw notSupported('Changing the engine version');
}

function readLogExports(input: ModifyInput, cluster: ClusterRecord): readonly string[] {
  const { EnableLogTypes: on = [], DisableLogTypes: off = [] } =
    input.CloudwatchLogsExportConfiguration ?? {};
  checkLogTypes(cluster.engine, [...on, ...off]);
  const types = new Set([...cluster.settings.logExports, ...on]);
  return [...types].filter((type) => !off.includes(type));
}
