// A copy's own security group. It is opened only when the cluster is there and its port is known.
import {
  allowIngress,
  createSecurityGroup,
  deleteSecurityGroup,
  listSecurityGroups,
  revokeIngress,
} from '../aws/ec2.ts';
import { checkOwnedSecurityGroup, type OwnedSecurityGroup } from '../aws/owned.ts';
import { findCluster, getCluster } from '../aws/rds.ts';
import type { IpPermission, SecurityGroup } from '../aws/types.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { removeIfFree, removeWhenFree } from './busy.ts';
import { makeSecurityGroupInput } from './inputs.ts';
import { findOwned } from './owning.ts';
import type { Found, Job, Part, Step } from './step.ts';

export function securityGroupPart(job: Job, vpcId?: string): Part {
  const phase = `security group ${job.name}`;
  const check = (group: SecurityGroup) => checkOwnedSecurityGroup(group, job.name);
  return {
    phase,
    stage: 0,
    isBilled: false,
    find: async () => findOwned((await listSecurityGroups(job.aws, job.name, vpcId))[0], check),
    async remove(waits) {
      const remove = async () => {
        const groups = await listSecurityGroups(job.aws, job.name, vpcId);
        const own = groups.filter((group) => findOwned(group, check) === 'ours');
        for (const group of own) await deleteSecurityGroup(job.aws, check(group));
        return own.length > 0;
      };
      return waits ? await removeWhenFree(job, phase, remove) : await removeIfFree(job, remove);
    },
  };
}

export function securityGroupStep(build: CopyBuild): Step {
  return {
    ...securityGroupPart(build, build.vpcId),
    async make() {
      await createSecurityGroup(build.aws, makeSecurityGroupInput(build));
    },
    async wait() {},
  };
}

/** Adds what is missing; a rule that someone else added stays. */
export function ingressStep(build: CopyBuild): Step {
  const open = async (group: OwnedSecurityGroup, port: number): Promise<void> => {
    await allowIngress(
      build.aws,
      group,
      port,
      build.cidrs.filter((cidr) => !isAllowed(group, port, cidr)),
    );
  };
  return {
    phase: `access for ${build.cidrs.join(', ') || 'nobody'}`,
    stage: 2,
    async find(): Promise<Found> {
      const [group, cluster] = await Promise.all([
        findOwnSecurityGroup(build),
        findCluster(build.aws, build.name),
      ]);
      const port = cluster?.Port ?? build.settings.port; // an endpoint may give another one than asked
      return group !== undefined && build.cidrs.every((cidr) => isAllowed(group, port, cidr))
        ? 'ours'
        : 'missing';
    },
    async make() {
      const [group, cluster] = await Promise.all([
        getOwnSecurityGroup(build),
        getCluster(build.aws, build.name),
      ]);
      await open(group, cluster.Port ?? build.settings.port);
    },
    async wait() {},
  };
}

/** Behind its gate a copy has its own group alone, whatever it gets afterwards. */
export async function listSecurityGroupIds(build: CopyBuild): Promise<readonly string[]> {
  if (build.gate !== undefined) return [(await getOwnSecurityGroup(build)).GroupId ?? ''];
  return build.settings.securityGroupIds ?? [(await getOwnSecurityGroup(build)).GroupId ?? ''];
}

/** Lets in these and nobody else. */
export async function setIngress(build: CopyBuild, port: number, cidrs: readonly string[]): Promise<void> {
  const group = await getOwnSecurityGroup(build);
  await allowIngress(
    build.aws,
    group,
    port,
    cidrs.filter((cidr) => !isAllowed(group, port, cidr)),
  );
  await revokeIngress(build.aws, group, listOthers(group, port, cidrs));
}

/** Rules of other ports are taken away whole, of this one only the networks that are not wanted. */
function listOthers(group: SecurityGroup, port: number, cidrs: readonly string[]): readonly IpPermission[] {
  return (group.IpPermissions ?? []).flatMap((permission) => {
    if (permission.FromPort !== port || permission.ToPort !== port) return [permission];
    const IpRanges = permission.IpRanges?.filter(({ CidrIp }) => !cidrs.includes(CidrIp ?? '')) ?? [];
    const Ipv6Ranges = permission.Ipv6Ranges?.filter(({ CidrIpv6 }) => !cidrs.includes(CidrIpv6 ?? '')) ?? [];
    const { PrefixListIds = [], UserIdGroupPairs = [] } = permission;
    const count = [IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs].flat().length;
    return count === 0 ? [] : [{ ...permission, IpRanges, Ipv6Ranges }];
  });
}

async function getOwnSecurityGroup(build: CopyBuild): Promise<OwnedSecurityGroup> {
  const group = await findOwnSecurityGroup(build);
  if (group !== undefined) return group;
  throw new FactoryError('NOT_FOUND', `the security group ${build.name} is gone`);
}

async function findOwnSecurityGroup(build: CopyBuild): Promise<OwnedSecurityGroup | undefined> {
  const [group] = await listSecurityGroups(build.aws, build.name, build.vpcId);
  return group && checkOwnedSecurityGroup(group, build.name);
}

function isAllowed(group: SecurityGroup, port: number, cidr: string): boolean {
  return (group.IpPermissions ?? []).some(
    ({ FromPort, ToPort, IpRanges, Ipv6Ranges }) =>
      FromPort === port &&
      ToPort === port &&
      [
        ...(IpRanges ?? []).map(({ CidrIp }) => CidrIp),
        ...(Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
      ].includes(cidr),
  );
}
