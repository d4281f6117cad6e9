// GetSecretValue and DescribeSecret of Secrets Manager: the secrets of master users whose password RDS manages.
import { Fault } from '../faults.ts';
import { decodeInput, required, text } from '../parameters.ts';
import type { SecretRecord } from '../records.ts';
import type { Action, ActionContext } from './action.ts';

const CURRENT = 'AWSCURRENT';

export const getSecretValue = makeSecretAction(
  'GetSecretValue',
  { SecretId: required(text), VersionId: text, VersionStage: text },
  (secret, input) => {
    const { VersionId: versionId = secret.versionId, VersionStage: stage = CURRENT } = input;
    if (versionId !== secret.versionId || stage !== CURRENT) {
      throw notFound(`Secrets Manager can't find the specified secret value for ${stage}.`);
    }
    const { username, password } = secret;
    return { ...formatVersion(secret), SecretString: JSON.stringify({ username, password }) };
  },
);

export const describeSecret = makeSecretAction('DescribeSecret', { SecretId: required(text) }, (secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: `The secret associated with the primary RDS DB cluster: ${secret.clusterArn}`,
  OwningService: 'rds',
  RotationEnabled: false,
  CreatedDate: toSeconds(secret.createdAt),
  VersionIdsToStages: { [secret.versionId]: [CURRENT] },
}));

type SecretInput = { readonly SecretId: string; readonly VersionId?: string; readonly VersionStage?: string };

function makeSecretAction(
  name: string,
  parameters: Action['parameters'],
  run: (secret: SecretRecord, input: SecretInput) => unknown,
): Action {
  return {
    service: 'secretsmanager',
    name,
    parameters,
    async answer(query, context) {
      const refuse = (parameter: string) => invalid(`The parameter ${parameter} is not supported.`);
      const input = decodeInput(parameters, query, refuse) as unknown as SecretInput;
      return { kind: 'json', body: run(getSecret(context, input.SecretId), input) };
    },
  };
}

/** By name, ARN, or the ARN without the six characters at its end. */
function getSecret({ store }: ActionContext, wanted: string): SecretRecord {
  const secret = store.secrets
    .list()
    .find(({ arn, name }) => [name, arn, arn.replace(/-[^-]+$/, '')].includes(wanted));
  if (secret !== undefined) return secret;
  throw notFound("Secrets Manager can't find the specified secret.");
}

function formatVersion({ arn, name, versionId, createdAt }: SecretRecord) {
  return {
    ARN: arn,
    Name: name,
    VersionId: versionId,
    VersionStages: [CURRENT],
    CreatedDate: toSeconds(createdAt),
  };
}

/** As the JSON protocol writes times. */
function toSeconds(at: string): number {
  return Date.parse(at) / 1000;
}

function notFound(message: string): Fault {
  return new Fault('ResourceNotFoundException', message);
}

function invalid(message: string): Fault {
  return new Fault('InvalidParameterException', message);
}
