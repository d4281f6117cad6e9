// A copy's own subnet group. Without one RDS puts a clone into the default network.
import { createSubnetGroup, deleteSubnetGroup, findTaggedSubnetGroup } from '../aws/groups.ts';
import { checkOwnedSubnetGroup } from '../aws/owned.ts';
import type { CopyBuild } from './build.ts';
import { removeIfFree, removeWhenFree } from './busy.ts';
import { makeSubnetGroupInput } from './inputs.ts';
import { findOwned } from './owning.ts';
import type { Job, Part, Step } from './step.ts';

export function subnetGroupPart(job: Job): Part {
  const phase = `subnet group ${job.name}`;
  return {
    phase,
    stage: 0,
    isBilled: false,
    find: async () =>
      findOwned(await findTaggedSubnetGroup(job.aws, job.name), (group) =>
        checkOwnedSubnetGroup(group, job.name),
      ),
    async remove(waits) {
      const remove = async () => await removeSubnetGroup(job);
      return waits ? await removeWhenFree(job, phase, remove) : await removeIfFree(job, remove);
    },
  };
}

async function removeSubnetGroup({ aws, name }: Job): Promise<boolean> {
  const group = await findTaggedSubnetGroup(aws, name);
  if (findOwned(group, (found) => checkOwnedSubnetGroup(found, name)) !== 'ours' || !group) return false;
  await deleteSubnetGroup(aws, checkOwnedSubnetGroup(group, name));
  return true;
}

export function subnetGroupStep(build: CopyBuild): Step {
  return {
    ...subnetGroupPart(build),
    async make() {
      await createSubnetGroup(build.aws, makeSubnetGroupInput(build.settings, build));
    },
    async wait() {}, // complete as soon as it is created
  };
}
