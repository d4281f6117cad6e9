// Converging inside a container of the artifact's image, and the choice between that and this process.
import { randomBytes } from 'node:crypto';
import { makePassword } from '../artifact/password.ts';
import type { AwsConnection } from '../aws/connect.ts';
import type { ConvergeRequest } from '../converge/request.ts';
import { FactoryError } from '../errors.ts';
import { DEFAULT_IMAGE, isInsideImage } from './artifacts.ts';
import type { CommandContext } from './context.ts';
import type { ConvergeOptions } from './converge-options.ts';
import { type LiquibaseOptions, makeLiquibaseEnv } from './liquibase-options.ts';
import { keepReport } from './masking-reports.ts';
import type { Output } from './output.ts';
import { keepPassword } from './passwords.ts';

export type Runtime = 'docker' | 'none';

/** A command behind -- runs here, so the copy is made here too. */
export async function pickRuntime(
  { env, rest }: Pick<CommandContext, 'env' | 'rest'>,
  asked: Runtime | undefined,
  reference = DEFAULT_IMAGE,
): Promise<Runtime> {
  if (asked === 'docker' && rest !== undefined) {
    throw new FactoryError('BAD_INVOCATION', '--runtime docker cannot run a command behind --');
  }
  if (asked !== undefined) return asked;
  if (isInsideImage(env) || rest !== undefined || /^(oci|archive):|\.tar$/.test(reference)) return 'none';
  const { findEngineImage } = await import('../build/run-image.ts');
  return (await findEngineImage(getEngineName(reference), env)) ? 'docker' : 'none';
}

/** Returns the exit status of the program in the container. */
export async function runInEngine(
  context: CommandContext,
  request: ConvergeRequest,
  of: { reference: string | undefined; options: ConvergeOptions; output: Output },
): Promise<number> {
  const { runImage } = await import('../build/run-image.ts');
  const password = request.password ?? makePassword(randomBytes);
  of.output.close();
  const status = await runImage({
    reference: getEngineName(of.reference ?? DEFAULT_IMAGE),
    args: makeArguments(request, of.output),
    input: password,
    containerEnv: makeContainerEnv(context.env, request, of.options),
    awsCredentials: await formatCredentials(request.aws),
    env: context.env,
    signal: context.signal,
  });
  if (status === 0 && !request.isPasswordManaged) await keepAll(context, request, password, of.output);
  return status;
}

function getEngineName(reference: string): string {
  return reference.replace(/^docker:/, '');
}

function makeArguments(request: ConvergeRequest, output: Output): string[] {
  const pairs = {
    '--name': request.name,
    '--create-mode': request.mode,
    '--db-username': request.username,
    '--ttl': typeof request.ttlSeconds === 'number' ? `${request.ttlSeconds}s` : request.ttlSeconds,
    '--owner': request.owner,
    '--client-cidr': request.clientCidr,
    '--timeout': request.timeoutSeconds > 0 ? `${request.timeoutSeconds}s` : undefined,
    '--output': output.format,
  };
  const given = Object.entries(pairs).filter(([, value]) => value !== undefined);
  const flags = [
    request.isPasswordManaged ? '--manage-password' : '--db-password-stdin',
    ...(request.keepFailed ? ['--keep-failed'] : []),
    ...(request.timeoutSeconds > 0 ? [] : ['--no-wait']),
  ];
  return ['converge', ...given.flatMap(([flag, value]) => [flag, String(value)]), ...flags];
}

/** The endpoint as this process found it, which the profile may have said. */
function makeContainerEnv(
  env: NodeJS.ProcessEnv,
  { aws, artifactDigest, runId }: ConvergeRequest,
  options: LiquibaseOptions,
) {
  const endpoints = Object.entries(env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL'));
  const isAws = aws.rdsUrl.hostname.endsWith('.amazonaws.com');
  const given: Record<string, string | undefined> = {
    ...(isAws ? {} : { AWS_ENDPOINT_URL: aws.rdsUrl.href }),
    ...Object.fromEntries(endpoints),
    AWS_REGION: aws.region,
    DB_ARTIFACT_IMAGE_DIGEST: artifactDigest,
    DB_ARTIFACT_RUN_ID: runId,
    ...makeLiquibaseEnv(options),
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function formatCredentials(aws: AwsConnection): Promise<string> {
  const { resolveCredentials } = await import('../aws/connect.ts');
  const { accessKeyId, secretAccessKey, sessionToken } = await resolveCredentials(aws);
  const lines = [
    '[default]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
  ];
  if (sessionToken) lines.push(`aws_session_token = ${sessionToken}`);
  return `${lines.join('\n')}\n`;
}

/** A container keeps nothing: the password is kept here, and the report is read out of the copy. */
async function keepAll(
  { folders, env }: CommandContext,
  { aws, name = '' }: ConvergeRequest,
  password: string,
  output: Output,
): Promise<void> {
  const { getCopy } = await import('../copies/list.ts');
  const { readMaskingReport } = await import('../converge/masking-record.ts');
  const copy = await getCopy(aws, name);
  await keepPassword(folders.copiesDir, copy.resourceId, password);
  if (copy.maskingDigest === undefined) return;
  const report = await readMaskingReport(copy, password, env).catch(() => undefined); // it may not be reachable from here
  if (report === undefined)
    output.note(`masking report: db-artifact show ${name}, where ${name} can be reached`);
  else output.note(`masking report: ${await keepReport(folders.copiesDir, copy, report)}`);
}
