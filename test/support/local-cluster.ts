// A data folder with open databases, and records as the actions would write them. Nothing of it outlives the test.
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Databases } from '../../src/local/databases.ts';
import { openDatabases } from '../../src/local/open-databases.ts';
import type {
  ClusterOrigin,
  ClusterRecord,
  InstanceRecord,
  SecurityGroupRecord,
} from '../../src/local/records.ts';
import type { LocalSettings } from '../../src/local/settings.ts';
import { DRIVER_NAMES } from '../../src/local/storage/driver.ts';
import { openStore, type Store } from '../../src/local/store.ts';

export const PASSWORD = 'correct horse';
export const MASTER = 'post';

export interface LocalDatabases extends AsyncDisposable {
  readonly settings: LocalSettings;
  readonly store: Store;
  readonly databases: Databases;
  readonly lines: readonly string[];
  /** Stops everything, then opens it again on the same folder. */
  reopen(changes?: Partial<LocalSettings>): Promise<void>;
}

/** Disposing stops everything; the folder is the caller's. The driver can be named from outside. */
export async function openLocalDatabases(
  dataDir: string,
  changes: Partial<LocalSettings> = {},
): Promise<LocalDatabases> {
  const lines: string[] = [];
  const settings: LocalSettings = {
    dataDir,
    port: 0,
    paceMs: 0,
    prestartMs: 0,
    postgresBins: [],
    isMasterSuperuser: false,
    region: 'eu-central-1',
    accountId: '123456789012',
    version: '0',
    env: process.env,
    portRange: pickPortRange(),
    log: (line) => lines.push(line),
    driver: DRIVER_NAMES.find((name) => name === process.env['DB_ARTIFACT_TEST_DRIVER']),
    ...changes,
  };
  const open = async (now: LocalSettings) => {
    const store = await openStore(join(dataDir, 'state'));
    return { settings: now, store, databases: await openDatabases(now, store) };
  };
  let state = await open(settings);
  return {
    get settings() {
      return state.settings;
    },
    get store() {
      return state.store;
    },
    get databases() {
      return state.databases;
    },
    lines,
    async reopen(more = {}) {
      await state.databases[Symbol.asyncDispose]();
      state = await open({ ...settings, ...more });
    },
    async [Symbol.asyncDispose]() {
      await state.databases[Symbol.asyncDispose]();
    },
  };
}

/** Below the ports that the system hands out, and seldom the same as that of another run beside this one. */
function pickPortRange(): LocalSettings['portRange'] {
  const first = 20_000 + 100 * randomInt(100);
  return { first, last: first + 99 };
}

/** A second instance, as CreateDBInstance would make it. */
export async function putReader(local: LocalDatabases, clusterId: string): Promise<InstanceRecord> {
  const change = { writerId: `${clusterId}-1`, hasHadReaders: true };
  await local.store.clusters.update(clusterId, (record) => ({ ...record, ...change }));
  return await putInstance(local, clusterId, 2);
}

/** Written and woken as CreateDBCluster or RestoreDBClusterToPointInTime would. */
export async function putCluster(
  { store, databases }: LocalDatabases,
  id: string,
  changes: Partial<ClusterRecord> = {},
): Promise<ClusterRecord> {
  const engine = databases.engineVersions[0];
  const origin: ClusterOrigin = changes.origin ?? { kind: 'fresh' };
  const record: ClusterRecord = {
    ...BLANK_CLUSTER,
    id,
    resourceId: makeResourceId('cluster'),
    arn: `arn:aws:rds:eu-central-1:123456789012:cluster:${id}`,
    engineVersion: engine?.version ?? '',
    port: await databases.reservePort(),
    statusSince: new Date().toISOString(),
    createdAt: new Date().toISOString(),
    ...(origin.kind === 'fresh'
      ? { pendingVerifier: await databases.hashPassword('aurora-postgresql', PASSWORD) }
      : {}),
    ...changes,
    origin,
  };
  await store.clusters.put(record);
  databases.wake(id);
  return record;
}

export async function putClone(
  local: LocalDatabases,
  id: string,
  source: ClusterRecord,
  changes: Partial<ClusterRecord> = {},
): Promise<ClusterRecord> {
  const { resourceId: sourceResourceId, engineVersion } = source;
  const origin = { kind: 'restore', sourceResourceId, restoreType: 'copy-on-write' } as const;
  return await putCluster(local, id, { origin, engineVersion, ...changes });
}

export async function putInstance(
  { store, databases }: LocalDatabases,
  clusterId: string,
  number = 1,
): Promise<InstanceRecord> {
  const id = `${clusterId}-${number}`;
  const record: InstanceRecord = {
    id,
    resourceId: makeResourceId('db'),
    arn: `arn:aws:rds:eu-central-1:123456789012:db:${id}`,
    clusterId,
    status: 'creating',
    statusSince: new Date().toISOString(),
    createdAt: new Date().toISOString(),
    instanceClass: 'db.r6g.large',
    availabilityZone: 'eu-central-1a',
    publiclyAccessible: false,
    promotionTier: 1,
    autoMinorVersionUpgrade: true,
    preferredMaintenanceWindow: 'mon:00:00-mon:00:30',
    parameterGroup: 'default.aurora-postgresql18',
    caCertificateIdentifier: 'rds-ca-rsa2048-g1',
    monitoringInterval: 0,
    performanceInsights: false,
    tags: {},
  };
  await store.instances.put(record);
  databases.wake(clusterId);
  return record;
}

export async function putOpenGroup(
  { store }: LocalDatabases,
  cidr = '127.0.0.1/32',
): Promise<SecurityGroupRecord> {
  const rule = { protocol: 'tcp', fromPort: 1, toPort: 65535, cidr };
  const common = { name: 'test', description: 'test', vpcId: 'vpc-0', tags: {} };
  return await store.securityGroups.put({ ...common, id: OPEN_GROUP, ingress: [rule] });
}

export const OPEN_GROUP = 'sg-00000000000000001';

export async function setClusterStatus(local: LocalDatabases, id: string, status: string): Promise<void> {
  const statusSince = new Date().toISOString();
  await local.store.clusters.update(id, (record) => ({ ...record, status, statusSince }));
  local.databases.wake(id);
}

export async function setInstanceStatus(local: LocalDatabases, id: string, status: string): Promise<void> {
  const statusSince = new Date().toISOString();
  const { clusterId } = await local.store.instances.update(id, (record) => ({
    ...record,
    status,
    statusSince,
  }));
  local.databases.wake(clusterId);
}

/** Resolves with the record; `undefined` as the status waits for it to be gone. */
export async function waitForCluster(
  local: LocalDatabases,
  id: string,
  status: string | undefined,
): Promise<ClusterRecord | undefined> {
  return await waitUntil(`cluster ${id} is ${status}`, local, () => {
    const record = local.store.clusters.get(id);
    return record?.status === status ? { record } : undefined;
  }).then(({ record }) => record);
}

export async function waitForInstance(
  local: LocalDatabases,
  id: string,
  status: string | undefined,
): Promise<InstanceRecord | undefined> {
  return await waitUntil(`instance ${id} is ${status}`, local, () => {
    const record = local.store.instances.get(id);
    return record?.status === status ? { record } : undefined;
  }).then(({ record }) => record);
}

export async function waitUntil<T>(
  what: string,
  local: Pick<LocalDatabases, 'lines' | 'store'> | undefined,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      const events = local?.store.events.map((event) => event.message) ?? [];
      throw new Error(`not so in time: ${what}\n${[...events, ...(local?.lines ?? [])].join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function makeResourceId(prefix: string): string {
  const letters = randomBytes(26).map((byte) => 65 + (byte % 26));
  return `${prefix}-${Buffer.from(letters).toString('latin1')}`;
}

const BLANK_CLUSTER = {
  status: 'creating',
  engine: 'aurora-postgresql',
  isVolumeReady: false,
  masterUsername: MASTER,
  databaseName: 'shop',
  subnetGroup: 'default',
  securityGroupIds: [OPEN_GROUP],
  clusterParameterGroup: 'default.aurora-postgresql18',
  availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  tags: {},
  settings: {
    backupRetentionPeriod: 1,
    preferredBackupWindow: '00:00-00:30',
    preferredMaintenanceWindow: 'mon:01:00-mon:01:30',
    deletionProtection: false,
    copyTagsToSnapshot: false,
    iamDatabaseAuthentication: false,
    autoMinorVersionUpgrade: true,
    httpEndpoint: false,
    storageEncrypted: true,
    storageType: 'aurora',
    networkType: 'IPV4',
    logExports: [],
  },
} as const;
