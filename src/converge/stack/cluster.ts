// The cluster of a copy as a resource of a stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
import type { CopyBuild } from '../build.ts';
import { getMasterUsername } from '../cluster.ts';
import { type ClusterPlace, makeCreateInput, makeModifyInput, makeRestoreInput } from '../inputs.ts';
import { getRestoreId } from '../source.ts';
import { hasOwnGroup } from './network.ts';
import { getAttribute, makeResource, refer, type StackResource } from './resource.ts';

/**
 * CloudFormation ignores a password for a cluster that it restores, and shows the parameters of a stack to whoever may
 * describe it: Secrets Manager makes the password.
 */
export function makeClusterResource(build: CopyBuild): StackResource {
  const { settings } = build;
  const place: ClusterPlace = {
    name: build.name,
    sourceId: getRestoreId(build.liveSource),
    securityGroupIds: settings.securityGroupIds ?? [],
    tags: build.tags,
  };
  const groups = hasOwnGroup(build)
    ? [getAttribute('SecurityGroup', 'GroupId')]
    : [...place.securityGroupIds];
  return makeResource('AWS::RDS::DBCluster', {
    ...(settings.mode === 'clone' ? makeClone(build, place) : makeFresh(build, place)),
    ...makeModifyInput(settings, undefined),
    EnableHttpEndpoint: settings.hasDataApi,
    DBSubnetGroupName: refer('SubnetGroup'),
    VpcSecurityGroupIds: groups,
  });
}

/** The engine is the source's; it is named because a stack compares it with that of the instances. */
function makeClone({ settings }: CopyBuild, place: ClusterPlace): object {
  return { ...makeRestoreInput(settings, place), Engine: settings.engine };
}

function makeFresh(build: CopyBuild, place: ClusterPlace): object {
  const login = { username: getMasterUsername(build), password: '' };
  const { MasterUserPassword: _managed, ...input } = makeCreateInput(build.settings, place, login);
  return input;
}
