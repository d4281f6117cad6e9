// Master passwords that RDS makes and keeps in Secrets Manager. The secret is written before the cluster that names it;
// one that no cluster names is removed when the server starts.
import { randomBytes, randomUUID } from 'node:crypto';
import { invalidCombination } from '../faults.ts';
import type { ClusterRecord, SecretRecord } from '../records.ts';
import type { ActionContext } from './action.ts';

interface PasswordInput {
  readonly MasterUserPassword?: string | undefined;
  readonly ManageMasterUserPassword?: boolean | undefined;
}

/** `before` is the cluster that is changed; undefined: a new one. */
export function checkPasswordInput(input: PasswordInput, before?: ClusterRecord): void {
  const { MasterUserPassword: password, ManageMasterUserPassword: isManaged } = input;
  if (isManaged && password !== undefined) {
    throw invalidCombination('You can specify MasterUserPassword or ManageMasterUserPassword, but not both.');
  }
  if (before === undefined) return;
  if (isManaged === false && password === undefined) {
    throw invalidCombination('You must specify MasterUserPassword when ManageMasterUserPassword is false.');
  }
  if (isManaged === undefined && password !== undefined && before.masterUserSecret !== undefined) {
    throw invalidCombination(
      "You can't specify MasterUserPassword for a DB cluster whose master user password is managed with AWS " +
        'Secrets Manager. Set ManageMasterUserPassword to false.',
    );
  }
}

export async function makeSecret(
  { store, place, now }: ActionContext,
  cluster: { readonly arn: string; readonly masterUsername: string },
): Promise<SecretRecord> {
  const name = `rds!cluster-${randomUUID()}`;
  const ending = randomBytes(3).toString('hex');
  return await store.secrets.put({
    name,
    arn: `arn:aws:secretsmanager:${place.region}:${place.accountId}:secret:${name}-${ending}`,
    clusterArn: cluster.arn,
    username: cluster.masterUsername,
    password: randomBytes(24).toString('base64url'),
    versionId: randomUUID(),
    createdAt: now().toISOString(),
  });
}
