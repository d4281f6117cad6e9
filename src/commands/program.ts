// The command line as a whole: every verb, and from arguments to an exit status. Runs nothing itself.
import { Command, CommanderError } from 'commander';
import { EXIT, FactoryError } from '../errors.ts';
import { makeBuildCommand } from './build.ts';
import { makeCompletionCommand } from './completion.ts';
import type { CommandContext } from './context.ts';
import { makeConvergeCommand } from './converge.ts';
import { makeDestroyCommand } from './destroy.ts';
import { makeDoctorCommand } from './doctor.ts';
import { makeEnvCommand } from './env.ts';
import { makeExtendCommand } from './extend.ts';
import { makeGcCommand } from './gc.ts';
import { makeIamPolicyCommand } from './iam-policy.ts';
import { makeImagesCommand } from './images.ts';
import { makeInspectCommand } from './inspect.ts';
import { makeListCommand } from './list.ts';
import { makeLocalCommand } from './local/local.ts';
import { addGlobalOptions, applyEnvironment, normalizeFlag } from './options.ts';
import { type Output, type OutputOptions, openOutput, type Terminal } from './output.ts';
import { makePlanCommand } from './plan.ts';
import { makeStartCommand, makeStopCommand } from './power.ts';
import { makeProtectCommand, makeUnprotectCommand } from './protect.ts';
import { makePsqlCommand } from './psql.ts';
import { makePullCommand } from './pull.ts';
import { makePushCommand } from './push.ts';
import { makeResetCommand } from './reset.ts';
import { makeShowCommand } from './show.ts';
import { makeTemplateCommand } from './template.ts';
import { makeUrlCommand } from './url.ts';

export interface Invocation extends Omit<CommandContext, 'rest' | 'openOutput' | 'setExitStatus'> {
  /** Without the interpreter and the program. */
  readonly args: readonly string[];
  /** What it was called by, such as `db-artifact-builder`. */
  readonly calledBy: string;
  readonly terminal: Terminal;
}

/** 0.1.0's two programs, each a verb of this one. */
const CALLED_BY: Readonly<Record<string, string>> = {
  'db-artifact-builder': 'build',
  'db-artifact-converge': 'converge',
};
const ABOUT_PROGRAM: readonly string[] = ['--version', '--help', '-h'];
const TAKES_REST = ['converge', 'psql'];

/** Never throws and never ends the process: returns the exit status. */
export async function runCommandLine(invocation: Invocation): Promise<number> {
  const { terminal, env, signal } = invocation;
  const { args, rest } = splitArguments(findVerb(invocation));
  let exitStatus: number = EXIT.done;
  let output: Output | undefined;
  const program = makeProgram({
    ...invocation,
    rest,
    setExitStatus(status) {
      exitStatus = status;
    },
    openOutput(command) {
      output = openOutput(terminal, command.optsWithGlobals(), env);
      return output;
    },
  });
  for (const command of listCommands(program)) catchExits(command, terminal);
  program.hook('preAction', (_program, command) => {
    applyEnvironment(command, env);
    if (rest !== undefined && !TAKES_REST.includes(command.name())) {
      throw new FactoryError('BAD_INVOCATION', `${command.name()} takes nothing behind --`);
    }
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    output?.close();
    return exitStatus;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    output ??= openOutput(terminal, program.opts<OutputOptions>(), env);
    const thrown = signal.aborted ? describeInterruption(error) : toFactoryError(error);
    const status = await output.printError(thrown);
    return signal.aborted ? getSignalStatus(signal) : status;
  }
}

/** Also what the documentation is compared with. */
export function makeProgram(context: CommandContext): Command {
  const program = new Command('db-artifact')
    .description('Build database artifacts and make copies of databases from them.')
    .version(context.version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true });
  addGlobalOptions(program);
  for (const make of [
    ...[makeBuildCommand, makeInspectCommand, makeImagesCommand, makePushCommand, makePullCommand],
    ...[makePlanCommand, makeTemplateCommand, makeConvergeCommand],
    ...[makeListCommand, makeShowCommand, makeUrlCommand, makeEnvCommand, makePsqlCommand],
    ...[makeExtendCommand, makeProtectCommand, makeUnprotectCommand, makeStopCommand, makeStartCommand],
    ...[makeResetCommand, makeDestroyCommand, makeGcCommand],
    ...[makeLocalCommand, makeDoctorCommand, makeIamPolicyCommand, makeCompletionCommand],
  ]) {
    program.addCommand(make(context));
  }
  for (const command of listCommands(program)) {
    if (command.parent) command.copyInheritedSettings(command.parent);
  }
  return program;
}

export function listCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(listCommands)];
}

/** In a container of an artifact's image the verb is `converge`, as it was in 0.1.0. */
function findVerb({ args, calledBy, env }: Invocation): readonly string[] {
  const verb = CALLED_BY[calledBy.replace(/\.(js|cmd|exe)$/, '')];
  if (verb !== undefined) return [verb, ...args];
  const isBare = args[0] === undefined || (args[0].startsWith('-') && !ABOUT_PROGRAM.includes(args[0]));
  return env['DB_ARTIFACT_IMAGE_SPEC'] && isBare ? ['converge', ...args] : args;
}

function splitArguments(args: readonly string[]): {
  args: readonly string[];
  rest: readonly string[] | undefined;
} {
  const at = args.indexOf('--');
  const own = at < 0 ? args : args.slice(0, at);
  return { args: own.map(normalizeFlag), rest: at < 0 ? undefined : args.slice(at + 1) };
}

/** Commander would end the process and print by itself. */
function catchExits(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.writeOut(text),
    writeErr: (text) => terminal.writeErr(text),
    outputError() {}, // printed with everything else that goes wrong
  });
}

function toFactoryError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.code === 'commander.help') return new FactoryError('BAD_INVOCATION', 'a command is missing');
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new FactoryError('BAD_INVOCATION', message, {
    hint: suggestion.join(' ').replace(/^\(|\)$/g, '') || 'db-artifact --help lists commands and options.',
  });
}

function describeInterruption(error: unknown): FactoryError {
  if (error instanceof FactoryError && error.code === 'INTERRUPTED') return error;
  return new FactoryError('INTERRUPTED', 'interrupted', { hint: 'The same command goes on.', cause: error });
}

function getSignalStatus(signal: AbortSignal): number {
  return signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
}
