// db-artifact converge: artifact to copy, and optionally a command that uses it.
import { Command, type Command as CommandType, Option } from 'commander';
import type { ConvergeRequest, ConvergeResult } from '../converge/request.ts';
import { FactoryError } from '../errors.ts';
import { type FoundArtifact, getArtifact, isInsideImage } from './artifacts.ts';
import { openAws } from './aws.ts';
import { checkContainerInputs } from './container-inputs.ts';
import type { CommandContext } from './context.ts';
import { convergeHere, inTurn } from './converge-here.ts';
import {
  addConvergeOptions,
  type ConvergeOptions,
  makeConvergeRequest,
  pickImage,
} from './converge-options.ts';
import { describeConverged } from './converge-result.ts';
import { toCopyDocument } from './copy-view.ts';
import { addLiquibaseOptions } from './liquibase-options.ts';
import type { Printable } from './output.ts';
import { addPasswordOptions, type PasswordOptions, readPassword } from './password-options.ts';
import { runWithCopy } from './run-with-copy.ts';
import { pickRuntime, type Runtime, runInEngine } from './runtime.ts';

interface FullOptions extends ConvergeOptions, PasswordOptions {
  readonly rm?: boolean | undefined;
  readonly wait: boolean;
  readonly keepFailed?: boolean | undefined;
  readonly runtime?: Runtime | undefined;
}

export function makeConvergeCommand(context: CommandContext): CommandType {
  const command = new Command('converge')
    .description('Make a copy from an artifact, or find it. With -- COMMAND, run that with DATABASE_URL set.')
    .usage('[options] [image] [-- COMMAND...]')
    .argument('[image]', 'the image of the artifact (default: db-artifact:latest)');
  addLiquibaseOptions(addPasswordOptions(addConvergeOptions(command)))
    .option('--no-wait', 'return at once; the same command again goes on, or shows the copy')
    .option('--rm', 'destroy the copy after COMMAND')
    .option('--keep-failed', 'leave in place what a failed run has made')
    .addOption(
      new Option(
        '--runtime <runtime>',
        'where it runs: in the container engine that holds the image, or here',
      ).choices(['docker', 'none']),
    );
  return command.action(async (image: string | undefined, options: FullOptions) => {
    const output = context.openOutput(command);
    checkInvocation(context, options);
    const reference = pickImage(image, options);
    const found = await getArtifact(context, reference, options);
    output.setPlace({ contact: found.artifact.spec.publisher.contact, copy: options.name });
    const password = await readPassword(context, options, output);
    if (isInsideImage(context.env)) checkContainerInputs(context.env, options, output.format, password);
    const request = await prepareRequest(context, options, found, password);
    output.setPlace({ copy: request.name });
    const runtime = await pickRuntime(context, options.runtime, reference);
    const work = async (turned: ConvergeRequest): Promise<ConvergeResult | undefined> => {
      if (runtime === 'none') return await convergeHere(context, turned, output);
      context.setExitStatus(await runInEngine(context, turned, { reference, options, output }));
      return undefined;
    };
    const result = await inTurn(context, request, output, work).catch(async (error: unknown) => {
      if (options.wait || !isUnderWay(error)) throw error;
      await output.print(await describeUnderWay(request));
    });
    if (result === undefined) return;
    if (context.rest === undefined) {
      await output.print(await describeConverged(result, isInsideImage(context.env)));
    } else {
      checkUsable(result);
      output.note(`${result.copy.name} is ready at ${result.connection.host}:${result.connection.port}`);
      context.setExitStatus(await runWithCopy(context, result, { aws: request.aws, rm: options.rm, output }));
    }
  });
}

function checkUsable({ copy, connection }: ConvergeResult): void {
  const { password, secretArn } = connection;
  if (password !== undefined) return;
  if (secretArn !== undefined) {
    throw new FactoryError(
      'NOT_AUTHORIZED',
      `the password of ${copy.name} is in a secret that cannot be read`,
      {
        hint: `Ask for secretsmanager:GetSecretValue on ${secretArn}.`,
      },
    );
  }
  throw new FactoryError(
    'CONFLICT',
    `the run that made ${copy.name} keeps its password, so no command can use it here`,
    {
      hint: 'Converge with a password of your own: DB_PASSWORD or --db-password-file.',
    },
  );
}

function isUnderWay(error: unknown): boolean {
  return error instanceof FactoryError && error.code === 'TIMED_OUT';
}

async function describeUnderWay({ aws, name = '' }: ConvergeRequest): Promise<Printable> {
  const { findCopy } = await import('../copies/list.ts');
  const copy = await findCopy(aws, name);
  return {
    document: { copy: copy ? toCopyDocument(copy) : null, name, isComplete: false },
    text: `${name} is being made (${copy?.status ?? 'begun'}); the same command again goes on from here`,
    brief: name,
  };
}

function checkInvocation({ rest }: CommandContext, options: FullOptions): void {
  if (rest !== undefined && rest.length === 0) {
    throw new FactoryError('BAD_INVOCATION', 'there is no command behind --');
  }
  if (!options.wait && rest !== undefined) {
    throw new FactoryError('BAD_INVOCATION', '--no-wait has no copy yet for a command behind --');
  }
  if (options.rm && rest === undefined) {
    throw new FactoryError('BAD_INVOCATION', '--rm needs a command behind --', {
      hint: 'For example: db-artifact converge --rm -- npm test',
    });
  }
}

async function prepareRequest(
  context: CommandContext,
  options: FullOptions,
  found: FoundArtifact,
  password: string | undefined,
): Promise<ConvergeRequest> {
  const aws = await openAws(context, options, found.artifact.spec.source);
  const request = makeConvergeRequest(context, options, {
    ...{ aws, content: await found.loadContent() },
    ...found,
  });
  const name = request.name ?? (await findDefaultName(request));
  const { keepFailed, managePassword: isPasswordManaged } = options;
  // Without waiting, each thing is looked at once.
  const timeoutSeconds = options.wait ? request.timeoutSeconds : 0;
  return { ...request, name, password, isPasswordManaged, keepFailed, timeoutSeconds };
}

export async function findDefaultName({ aws, artifact, owner }: ConvergeRequest): Promise<string> {
  const { getOwner, makeDefaultName } = await import('../converge/names.ts');
  const { getCaller } = await import('../aws/sts.ts');
  return makeDefaultName(artifact.spec.source.clusterId, owner ?? getOwner((await getCaller(aws)).arn));
}
