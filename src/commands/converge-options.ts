// The options that `converge` and `plan` share, and the request that they make.
import { randomBytes, randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import type { Artifact } from '../artifact/artifact.ts';
import type { ArtifactContent } from '../artifact/artifact-content.ts';
import { findCidr } from '../artifact/cidr.ts';
import { checkCopyName } from '../artifact/copy-name.ts';
import { parseDuration } from '../artifact/duration.ts';
import { applyLiquibaseWish } from '../artifact/liquibase-wish.ts';
import { MODES, type Mode } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import type { ConvergeRequest } from '../converge/request.ts';
import { FactoryError } from '../errors.ts';
import type { FoundArtifact } from './artifacts.ts';
import type { CommandContext } from './context.ts';
import { type LiquibaseOptions, readLiquibaseWish } from './liquibase-options.ts';
import { type AwsOptions, addAwsOptions, parseTtlOrNone, parsing } from './options.ts';
import { addRegistryOptions, type RegistryOptions } from './registries.ts';

export interface ConvergeOptions extends AwsOptions, RegistryOptions, LiquibaseOptions {
  readonly dockerImage?: string | undefined;
  readonly name?: string | undefined;
  readonly stackName?: string | undefined;
  readonly createMode?: Mode | undefined;
  readonly dbUsername?: string | undefined;
  readonly ttl?: number | 'none' | undefined;
  readonly owner?: string | undefined;
  readonly clientCidr?: string | undefined;
  readonly timeout?: number | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 3600;

const parseCidr = parsing((text) => {
  const cidr = findCidr(text);
  if (cidr !== undefined) return cidr;
  throw new Error('it must be an address or a block such as 10.1.0.0/16.');
});

/** Without those whose long flags are in `left`. */
export function addConvergeOptions(command: Command, left: readonly string[] = []): Command {
  const all = addAllOptions(new Command());
  for (const option of all.options) {
    if (!left.includes(option.long ?? '')) command.addOption(option);
  }
  return command;
}

function addAllOptions(command: Command): Command {
  return addAwsOptions(addRegistryOptions(command))
    .option('--docker-image <image>', 'the image, as 0.1.0 named it')
    .option('--name <name>', 'the name of the copy (default: SOURCE-OWNER)', parsing(checkCopyName))
    .addOption(
      new Option('--stack-name <name>', 'another word for --name')
        .argParser(parsing(checkCopyName))
        .conflicts('name'),
    )
    .addOption(new Option('--create-mode <mode>', 'clone the source, or create an empty one').choices(MODES))
    .option('--db-username <user>', 'the master user of a created database')
    .option('--ttl <duration>', 'how long the copy lives: 8h, a time, or `none` for ever', parseTtlOrNone)
    .option('--owner <owner>', 'who owns the copy (default: the AWS caller)')
    .option('--client-cidr <cidr>', 'who may connect where the artifact says `client`', parseCidr)
    .option('--timeout <duration>', 'how long to wait for AWS (default: 1h)', parsing(parseDuration));
}

/** The image may stand as an argument or behind --docker-image. */
export function pickImage(image: string | undefined, options: ConvergeOptions): string | undefined {
  if (image !== undefined && options.dockerImage !== undefined) {
    throw new FactoryError('BAD_INVOCATION', 'the image is given twice, also by --docker-image');
  }
  return image ?? options.dockerImage;
}

/** CREATE_MODE and DB_USERNAME are 0.1.0's. */
export function makeConvergeRequest(
  { env, signal, patience }: Pick<CommandContext, 'env' | 'signal' | 'patience'>,
  options: ConvergeOptions,
  parts: { readonly aws: AwsConnection; readonly content: ArtifactContent } & FoundArtifact,
): ConvergeRequest {
  const mode = pickMode(options.createMode ?? env['CREATE_MODE']);
  if (!parts.artifact.modes.includes(mode)) {
    throw new FactoryError('NOT_SUPPORTED', `the artifact has no mode ${mode}`, {
      hint: `It has: ${parts.artifact.modes.join(', ')}.`,
    });
  }
  return {
    aws: parts.aws,
    artifact: applyWish(parts.artifact, mode, options),
    artifactDigest: parts.digest,
    content: parts.content,
    openLiquibase: parts.openLiquibase,
    name: options.name ?? options.stackName,
    mode,
    username: mode === 'create' ? options.dbUsername || env['DB_USERNAME'] || undefined : options.dbUsername,
    ttlSeconds: options.ttl,
    owner: options.owner,
    runId: randomUUID(),
    nowMs: Date.now(),
    signal,
    timeoutSeconds: options.timeout ?? DEFAULT_TIMEOUT_SECONDS,
    clientCidr: options.clientCidr,
    randomBytes,
    env,
    patience,
  };
}

/** A clone has the schema of its source. */
function applyWish(artifact: Artifact, mode: Mode, options: LiquibaseOptions): Artifact {
  const { schema } = artifact.spec;
  const applied = mode === 'create' ? schema : { ...schema, liquibaseChangelogPath: undefined };
  const wished = applyLiquibaseWish(applied, readLiquibaseWish(options));
  return mode === 'create' ? { ...artifact, spec: { ...artifact.spec, schema: wished } } : artifact;
}

function pickMode(text: string | undefined): Mode {
  const mode = MODES.find((known) => known === (text || 'clone'));
  if (mode !== undefined) return mode;
  throw new FactoryError('BAD_INVOCATION', `CREATE_MODE must be ${MODES.join(' or ')}, got "${text}"`);
}
