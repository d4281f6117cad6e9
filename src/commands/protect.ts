// db-artifact protect: keeps a copy from gc and destroy for a while.
import { Command } from 'commander';
import { FactoryError } from '../errors.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { toCopyDocument } from './copy-view.ts';
import { type AwsOptions, addAwsOptions, parseTtl } from './options.ts';

interface ProtectOptions extends AwsOptions {
  readonly for?: number | undefined;
  readonly off?: boolean | undefined;
}

export function makeUnprotectCommand(context: CommandContext): Command {
  const command = new Command('unprotect')
    .description('End the protection of a copy.')
    .argument('<name>', 'the name of the copy');
  return addAwsOptions(command).action(async (name: string, options: AwsOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const { protectCopy } = await import('../copies/keep.ts');
    const copy = await protectCopy(await openAws(context, options), name, undefined);
    await output.print({
      document: { copy: toCopyDocument(copy) },
      text: `${copy.name} is not protected`,
      brief: '',
    });
  });
}

export function makeProtectCommand(context: CommandContext): Command {
  const command = new Command('protect')
    .description('Keep a copy from being destroyed or collected for a while.')
    .argument('<name>', 'the name of the copy')
    .option('--for <duration>', 'how long, such as 7d, or until a time', parseTtl)
    .option('--off', 'end the protection');
  return addAwsOptions(command).action(async (name: string, options: ProtectOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    if ((options.for === undefined) === (options.off === undefined)) {
      throw new FactoryError('BAD_INVOCATION', 'give either --for or --off', {
        hint: `For example: db-artifact protect ${name} --for 7d`,
      });
    }
    const untilMs = options.for === undefined ? undefined : Date.now() + options.for * 1000;
    const { protectCopy } = await import('../copies/keep.ts');
    const copy = await protectCopy(await openAws(context, options), name, untilMs);
    await output.print({
      document: { copy: toCopyDocument(copy) },
      text:
        copy.protectedUntil === undefined
          ? `${copy.name} is not protected`
          : `${copy.name} is protected until ${copy.protectedUntil}`,
      brief: copy.protectedUntil ?? '',
    });
  });
}
