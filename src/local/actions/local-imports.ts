// StartLocalImport, DescribeLocalImport and AbortLocalImport, calls of our own: a database from elsewhere becomes a
// cluster with one instance. The cluster is `migrating` until all of it is there, and gone when that fails.
import { FactoryError, getMessage } from '../../errors.ts';
import { clusterNotFound, Fault, invalidClusterState, invalidValue } from '../faults.ts';
import {
  IMPORT_METHODS,
  type ImportOrigin,
  type ImportRequest,
  type ImportStatus,
} from '../import/request.ts';
import { describeOrigin, parseSourceUrl } from '../import/source-url.ts';
import { boolean, type Input, integer, list, required, text } from '../parameters.ts';
import type { EngineFamily } from '../records.ts';
import { type ActionContext, makeJsonAction } from './action.ts';
import { checkNewClusterId, makeCluster, pickZones } from './cluster-make.ts';
import { DEFAULT_SETTINGS, readSettings } from './cluster-settings.ts';
import { createInstance } from './create-instance.ts';
import { checkMasterPassword, checkMasterUsername } from './master-user.ts';
import { checkIdentifier } from './names.ts';
import { checkSecurityGroups, checkSubnetGroup } from './references.ts';
import { checkEngine, checkParameterGroup, ENGINE_PORTS, getVersion } from './versions.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  Engine: required(text),
  EngineVersion: text,
  SourceUrl: text,
  SourceFile: text,
  SourcePassword: text,
  MasterUsername: required(text),
  MasterUserPassword: required(text),
  DatabaseName: text,
  Method: text,
  SchemaOnly: boolean,
  Tables: list('member', text),
  ExcludeTables: list('member', text),
  ExcludeTableData: list('member', text),
  SkipExtensions: list('member', text),
  Jobs: integer,
  Verify: boolean,
} as const;

type StartInput = Input<typeof PARAMETERS>;

const INSTANCE_CLASS = 'db.r6g.large';
const MAX_JOBS = 64;

export const startLocalImport = makeJsonAction('StartLocalImport', PARAMETERS, startImport);

export const describeLocalImport = makeJsonAction(
  'DescribeLocalImport',
  { DBClusterIdentifier: required(text) },
  (input, context) => {
    const id = checkIdentifier('DBClusterIdentifier', input.DBClusterIdentifier);
    const status = context.databases.imports.find(id);
    if (!status) throw clusterNotFound(id);
    return describeImport(context, status);
  },
);

export const abortLocalImport = makeJsonAction(
  'AbortLocalImport',
  { DBClusterIdentifier: required(text) },
  async (input, context) => {
    const id = checkIdentifier('DBClusterIdentifier', input.DBClusterIdentifier);
    const wasRunning = await context.databases.imports.abort(id);
    const cluster = context.store.clusters.get(id);
    if (!wasRunning && !cluster) throw clusterNotFound(id);
    if (!wasRunning && cluster?.isVolumeReady) {
      throw invalidClusterState(`DBCluster ${id} is complete: there is no import to abort.`);
    }
    return { clusterId: id };
  },
);

async function startImport(input: StartInput, context: ActionContext) {
  const { imports, hashPassword } = context.databases;
  const clusterId = checkIdentifier('DBClusterIdentifier', input.DBClusterIdentifier);
  const running = imports.find(clusterId);
  if (!running || running.state === 'done' || running.state === 'failed')
    checkNewClusterId(context, clusterId);
  const engine = checkEngine(input.Engine);
  const password = checkMasterPassword(engine, input.MasterUserPassword);
  const request = readRequest(input, clusterId, engine, await hashPassword(engine, password));
  const status = start(context, request);
  const cluster = context.store.clusters.get(clusterId);
  if (cluster?.status === 'migrating') {
    const { masterVerifier: pendingVerifier } = request;
    await context.store.clusters.update(clusterId, (record) => ({ ...record, pendingVerifier }));
  }
  return describeImport(context, status);
}

function start(context: ActionContext, request: ImportRequest): ImportStatus {
  try {
    return context.databases.imports.start(request, async (found) => {
      await makeRecords(context, request, found);
    });
  } catch (error) {
    if (error instanceof FactoryError && error.code === 'CONFLICT') throw invalidClusterState(error.message);
    throw error;
  }
}

async function makeRecords(
  context: ActionContext,
  { clusterId, engine, masterUsername, origin }: ImportRequest,
  found: { engineVersion: string; databaseName: string | undefined; masterVerifier: string },
): Promise<void> {
  const version = getVersion(context.databases, engine, found.engineVersion);
  const cluster = {
    engine,
    engineVersion: version.version,
    origin: { kind: 'import', from: describeOrigin(origin) },
    masterUsername,
    databaseName: found.databaseName,
    pendingVerifier: found.masterVerifier,
    subnetGroup: checkSubnetGroup(context),
    securityGroupIds: checkSecurityGroups(context),
    clusterParameterGroup: checkParameterGroup(
      'DBClusterParameterGroup',
      context.databases,
      version,
      undefined,
    ),
    availabilityZones: pickZones(context),
    tags: {},
    settings: readSettings(engine, DEFAULT_SETTINGS, {}),
  } as const;
  await makeCluster(context, clusterId, { port: ENGINE_PORTS[engine], isNamed: false }, cluster);
  const instance = {
    DBInstanceIdentifier: `${clusterId}-1`,
    DBInstanceClass: INSTANCE_CLASS,
    Engine: engine,
  };
  await createInstance({ ...instance, DBClusterIdentifier: clusterId }, context);
}

/** What failed is there until its records are gone, so that who sees it can start again at once. */
function describeImport({ store }: ActionContext, status: ImportStatus) {
  const cluster = store.clusters.get(status.clusterId);
  const instance = store.instances.get(`${status.clusterId}-1`);
  const isBeingUndone =
    status.state === 'failed' && cluster?.origin.kind === 'import' && !cluster.isVolumeReady;
  return {
    ...status,
    state: isBeingUndone ? 'importing' : status.state,
    resourceId: cluster?.resourceId,
    port: cluster?.port,
    isAvailable: cluster?.status === 'available' && instance?.status === 'available',
  };
}

function readRequest(
  input: StartInput,
  clusterId: string,
  engine: EngineFamily,
  masterVerifier: string,
): ImportRequest {
  const method = IMPORT_METHODS.find((name) => name === (input.Method ?? 'auto'));
  if (!method)
    throw invalidValue(`Invalid Method: ${input.Method}. Valid values: ${IMPORT_METHODS.join(', ')}`);
  const jobs = input.Jobs ?? 2;
  if (jobs < 1 || jobs > MAX_JOBS) throw invalidValue(`Invalid Jobs: ${jobs}. Valid range: 1-${MAX_JOBS}`);
  return {
    clusterId,
    engine,
    engineVersion: input.EngineVersion,
    origin: readOrigin(input),
    password: input.SourcePassword ?? '',
    method,
    databaseName: input.DatabaseName,
    masterUsername: checkMasterUsername(engine, input.MasterUsername),
    masterVerifier,
    isSchemaOnly: input.SchemaOnly ?? false,
    tables: input.Tables ?? [],
    excludedTables: input.ExcludeTables ?? [],
    emptyTables: input.ExcludeTableData ?? [],
    skippedExtensions: input.SkipExtensions ?? [],
    jobs,
    isVerified: input.Verify ?? true,
  };
}

function readOrigin({ SourceUrl: url, SourceFile: path }: StartInput): ImportOrigin {
  if (url && path)
    throw new Fault('InvalidParameterCombination', 'SourceUrl and SourceFile exclude each other.');
  if (path?.startsWith('/')) return { kind: 'file', path };
  if (!url) throw invalidValue('Either SourceUrl or SourceFile, an absolute path, must be specified.');
  try {
    parseSourceUrl(url);
  } catch (error) {
    throw invalidValue(getMessage(error));
  }
  return { kind: 'server', url };
}
