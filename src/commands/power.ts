// db-artifact stop and start: a copy that nobody uses for a while costs its storage alone.
import { Command } from 'commander';
import { parseDuration } from '../artifact/duration.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions, parsing } from './options.ts';

interface PowerOptions extends AwsOptions {
  readonly wait: boolean;
  readonly timeout?: number | undefined;
}

const DEFAULT_TIMEOUT_SECONDS = 3600;

export function makeStopCommand(context: CommandContext): Command {
  return makePowerCommand(context, 'stop', 'Stop a copy: its data stays. AWS starts it again after 7 days.');
}

export function makeStartCommand(context: CommandContext): Command {
  return makePowerCommand(context, 'start', 'Start a stopped copy.');
}

function makePowerCommand(context: CommandContext, verb: 'stop' | 'start', description: string): Command {
  const command = new Command(verb)
    .description(description)
    .argument('<name>', 'the name of the copy')
    .option('--no-wait', 'return at once')
    .option('--timeout <duration>', 'how long to wait for AWS (default: 1h)', parsing(parseDuration));
  return addAwsOptions(command).action(async (name: string, options: PowerOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name, again: `db-artifact ${verb} ${name}` });
    const aws = await openAws(context, options);
    const { startCopy, stopCopy } = await import('../copies/power.ts');
    const change = verb === 'stop' ? stopCopy : startCopy;
    const timeoutSeconds = options.timeout ?? DEFAULT_TIMEOUT_SECONDS;
    const { signal } = context;
    const copy = await change(aws, name, { waits: options.wait, signal, timeoutSeconds }, output.progress);
    await output.print({
      document: { copy: toCopyDocument(copy) },
      text: `${copy.name}: ${copy.status}`,
      brief: copy.status,
    });
  });
}
