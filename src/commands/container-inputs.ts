// What a container of an artifact's image must be given. Everything that is missing or wrong is said at once, since
// each try costs a person a `docker run`.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MODES } from '../artifact/spec.ts';
import { FactoryError } from '../errors.ts';
import type { ConvergeOptions } from './converge-options.ts';
import type { OutputFormat } from './output.ts';

const EXAMPLE =
  'docker run -e DB_PASSWORD -e AWS_PROFILE -v ~/.aws:/home/node/.aws:ro IMAGE; CREATE_MODE and DB_USERNAME may be set too.';

export function checkContainerInputs(
  env: NodeJS.ProcessEnv,
  options: ConvergeOptions,
  format: OutputFormat,
  password: string | undefined,
): void {
  const problems = [
    ...listPasswordProblems(format, password),
    ...listModeProblems(env, options),
    ...listAwsProblems(env, options),
  ];
  if (problems.length === 0) return;
  throw new FactoryError('BAD_INVOCATION', 'the container was not given what it needs', {
    problems,
    hint: `For example: ${EXAMPLE}`,
  });
}

/** A container keeps nothing: a password that is made inside must leave by the output. */
function listPasswordProblems(format: OutputFormat, password: string | undefined): readonly string[] {
  if (password !== undefined || format === 'url' || format === 'env') return [];
  return ['DB_PASSWORD is missing (only `-o url` and `-o env` show one that is made)'];
}

function listModeProblems(env: NodeJS.ProcessEnv, { createMode }: ConvergeOptions): readonly string[] {
  const text = createMode ?? (env['CREATE_MODE'] || 'clone');
  if (MODES.some((mode) => mode === text)) return [];
  return [`CREATE_MODE must be ${MODES.join(' or ')}, got "${text}"`];
}

/** Credentials may come from the machine, a region cannot: without any of these there is none. */
function listAwsProblems(env: NodeJS.ProcessEnv, options: ConvergeOptions): readonly string[] {
  const { awsProfile, region } = options;
  const { AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION } = env;
  if (awsProfile || region || AWS_PROFILE || AWS_REGION || AWS_DEFAULT_REGION) return [];
  const file = env['AWS_CONFIG_FILE'] || join(env['HOME'] || homedir(), '.aws', 'config');
  return existsSync(file) ? [] : ['AWS_PROFILE is missing (or AWS_REGION, with credentials of the AWS SDK)'];
}
