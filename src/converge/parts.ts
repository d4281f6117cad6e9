// The list of what a copy consists of, once. Forwards it is converging, backwards it is destroying and rolling back.
import type { CopyBuild } from './build.ts';
import { clusterPart, clusterStep } from './cluster.ts';
import { credentialsStep } from './credentials.ts';
import { type GateEvents, listGatedSteps } from './gate/steps.ts';
import { instancesPart, instancesStep } from './instances.ts';
import { ingressStep, securityGroupPart, securityGroupStep } from './security-group.ts';
import type { Job, Part, Step } from './step.ts';
import { subnetGroupPart, subnetGroupStep } from './subnet-group.ts';

/** Everything that a copy of this name may have. */
export function listParts(job: Job): Part[] {
  return [subnetGroupPart(job), securityGroupPart(job), clusterPart(job), instancesPart(job)];
}

export function listSteps(build: CopyBuild, events: GateEvents): Step[] {
  if (build.gate !== undefined) return listGatedSteps(build, build.gate, events);
  const hasOwnGroup = build.settings.securityGroupIds === undefined;
  return [
    subnetGroupStep(build),
    ...(hasOwnGroup ? [securityGroupStep(build)] : []),
    clusterStep(build),
    credentialsStep(build, () => events.onPasswordSent()),
    ...(hasOwnGroup && build.cidrs.length > 0 ? [ingressStep(build)] : []),
    instancesStep(build),
  ];
}
