// A source that another account shares: what a copy cannot take from it, and so must be in the INI file. Pure.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.Cross-Account.html
import type { ArtifactSpec } from '../artifact/spec.ts';
import type { DescribedSource } from '../aws/source.ts';
import { FactoryError } from '../errors.ts';

/** Throws BAD_CONFIGURATION with every key that is missing. `isBuilt`: what was discovered stands for the writer. */
export function checkSharedSource(
  { cluster, isShared }: DescribedSource,
  spec: ArtifactSpec,
  { isBuilt }: { readonly isBuilt: boolean },
): void {
  if (!isShared) return;
  const { target, network, maintenance } = spec;
  const group = cluster.DBClusterParameterGroup ?? '';
  const missing: readonly (readonly [isMissing: boolean, problem: string])[] = [
    [target.subnetIds === 'source', '[target_db] subnet_ids must be subnets of this account'],
    [
      target.instanceClass === 'source' && !isBuilt,
      "[target_db] instance_type must be given: the source's instances are not shared",
    ],
    [
      network.securityGroupIds === 'source',
      '[network] security_group_ids must be own, or groups of this account',
    ],
    [
      maintenance.clusterParameterGroup === 'source' && !group.startsWith('default.'),
      `[maintenance] cluster_parameter_group must be a group of this account, like ${group || "the source's"}`,
    ],
    [
      maintenance.kmsKeyId === 'source' && cluster.StorageEncrypted === true,
      '[maintenance] kms_key_id must be a key that both accounts may use: the source is encrypted',
    ],
  ];
  const problems = missing.filter(([isMissing]) => isMissing).map(([, problem]) => problem);
  if (problems.length === 0) return;
  throw new FactoryError(
    'BAD_CONFIGURATION',
    `the source ${cluster.DBClusterArn} is another account's, so the INI file must say what cannot be taken from there`,
    { problems, hint: 'docs/converging.md says why, below "A source of another account".' },
  );
}
