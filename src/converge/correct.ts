// Makes what RDS describes equal to what was asked, as far as that can be changed, and tells what it did and what it could
// not do. A fresh copy needs none of it; one that was there before, or whose settings RDS passed over, does.
import {
  checkOwnedCluster,
  checkOwnedInstance,
  type OwnedCluster,
  type OwnedInstance,
} from '../aws/owned.ts';
import { enableHttpEndpoint, getCluster, listInstances, modifyCluster, modifyInstance } from '../aws/rds.ts';
import type { DBInstance } from '../aws/types.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { changeWhenFree } from './busy.ts';
import {
  type ClusterChange,
  compareCluster,
  compareInstance,
  type Difference,
  formatDifference,
  type InstanceChange,
} from './compare.ts';
import { waitForInstances } from './instances.ts';
import { STABLE_LOOKS, waitForCluster } from './wait-for-cluster.ts';

export interface Corrected {
  readonly cluster: OwnedCluster;
  /** What was changed, and what is different still. */
  readonly notes: readonly string[];
}

export async function correctSettings(build: CopyBuild): Promise<Corrected> {
  const [described, instances] = await Promise.all([
    getCluster(build.aws, build.name),
    listInstances(build.aws, build.name),
  ]);
  const before = checkOwnedCluster(described, build.name, build.source);
  const { cluster, notes } = await correctCluster(build, await enableDataApi(build, before));
  const ofInstances: string[] = [];
  for (const instance of instances) ofInstances.push(...(await correctInstance(build, cluster, instance)));
  const left = compareCluster(cluster, build).map(formatDifference);
  return { cluster, notes: [...notes, ...ofInstances, ...left] };
}

/** Has a call of its own, which not every endpoint knows; what is left is told by the comparison. */
async function enableDataApi(build: CopyBuild, cluster: OwnedCluster): Promise<OwnedCluster> {
  if (!build.settings.hasDataApi || cluster.HttpEndpointEnabled) return cluster;
  const phase = `Data API of ${build.name}`;
  await tryChange(build, phase, async () => await enableHttpEndpoint(build.aws, cluster));
  return await waitForCluster(build, phase, { isKnown: true });
}

async function correctCluster(build: CopyBuild, cluster: OwnedCluster): Promise<Corrected> {
  const changeable = compareCluster(cluster, build).filter(({ change }) => change !== undefined);
  if (changeable.length === 0) return { cluster, notes: [] };
  const phase = `settings of ${build.name}`;
  const changes: ClusterChange = Object.assign({}, ...changeable.map(({ change }) => change));
  const refusal = await tryChange(build, phase, async () => await modifyCluster(build.aws, cluster, changes));
  if (refusal !== undefined) return { cluster, notes: [refusal] };
  const now = await waitForCluster(build, phase, { isKnown: true, stableLooks: STABLE_LOOKS });
  const left = new Set(compareCluster(now, build).map(({ what }) => what));
  const changed = changeable.filter(({ what }) => !left.has(what));
  return { cluster: now, notes: changed.map((difference) => formatChange(build.name, difference)) };
}

async function correctInstance(
  build: CopyBuild,
  cluster: OwnedCluster,
  instance: DBInstance,
): Promise<string[]> {
  const differences = compareInstance(instance, build.settings);
  if (differences.length === 0) return [];
  const id = instance.DBInstanceIdentifier ?? '';
  const changes: InstanceChange = Object.assign({}, ...differences.map(({ change }) => change ?? {}));
  const refusal = await changeInstance(build, checkOwnedInstance(instance, cluster), changes);
  return [...(refusal === undefined ? [] : [refusal]), ...(await describeInstance(build, id, differences))];
}

async function changeInstance(
  build: CopyBuild,
  instance: OwnedInstance,
  changes: InstanceChange,
): Promise<string | undefined> {
  if (Object.keys(changes).length === 0) return undefined;
  const id = instance.DBInstanceIdentifier ?? '';
  const change = async () => await modifyInstance(build.aws, instance, changes);
  const refusal = await tryChange(build, `settings of ${id}`, change);
  if (refusal === undefined) await waitForInstances(build, [id], STABLE_LOOKS);
  return refusal;
}

async function describeInstance(
  { aws, name, settings }: CopyBuild,
  id: string,
  before: readonly Difference<InstanceChange>[],
): Promise<string[]> {
  const now = (await listInstances(aws, name)).find(
    ({ DBInstanceIdentifier }) => DBInstanceIdentifier === id,
  );
  const left = now === undefined ? [] : compareInstance(now, settings);
  const isLeft = ({ what }: Difference<InstanceChange>) => left.some((other) => other.what === what);
  return [
    ...before.filter((difference) => !isLeft(difference)).map((difference) => formatChange(id, difference)),
    ...left.map((difference) => `${id}: ${formatDifference(difference)}`),
  ];
}

/** That a setting cannot be changed now is told; it makes a usable copy no failure. */
async function tryChange(
  build: CopyBuild,
  phase: string,
  change: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await changeWhenFree(build, phase, change);
    return undefined;
  } catch (error) {
    if (!(error instanceof FactoryError) || ['INTERRUPTED', 'TIMED_OUT'].includes(error.code)) throw error;
    return `${phase} could not be changed: ${error.message}`;
  }
}

function formatChange(of: string, { what, asked, described }: Difference<unknown>): string {
  const [from, to] = [described, asked].map((value) => (value === undefined ? 'nothing' : String(value)));
  return `the ${what} of ${of} was ${from || 'none'} and is ${to || 'none'} now`;
}
