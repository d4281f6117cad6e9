// db-artifact template: the plan as a CloudFormation stack; changes nothing.
import { Command, Option } from 'commander';
import { FactoryError } from '../errors.ts';
import { getArtifact } from './artifacts.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import {
  addConvergeOptions,
  type ConvergeOptions,
  makeConvergeRequest,
  pickImage,
} from './converge-options.ts';
import type { Output } from './output.ts';

export function makeTemplateCommand(context: CommandContext): Command {
  const command = new Command('template')
    .description('Print a CloudFormation stack equal to the plan, as YAML or (--json) JSON. Changes nothing.')
    .argument('[image]', 'the image of the artifact (default: db-artifact:latest)')
    .addOption(
      new Option('--format <format>', 'the kind of stack')
        .choices(['cloudformation'])
        .default('cloudformation'),
    );
  return addConvergeOptions(command).action(async (image: string | undefined, options: ConvergeOptions) => {
    const output = context.openOutput(command);
    const format = pickFormat(output);
    const found = await getArtifact(context, pickImage(image, options), options);
    const aws = await openAws(context, options, found.artifact.spec.source);
    const content = await found.loadContent();
    const { planStack } = await import('../converge/stack/plan-stack.ts');
    const { formatStack } = await import('../converge/stack/format-stack.ts');
    const stack = await planStack(makeConvergeRequest(context, options, { aws, content, ...found }));
    for (const note of stack.notes) output.note(`note: ${note}`);
    output.printText(await formatStack(stack, format));
  });
}

function pickFormat({ format }: Output): 'yaml' | 'json' {
  if (format === 'json') return 'json';
  if (format === 'table' || format === 'yaml') return 'yaml';
  throw new FactoryError('BAD_INVOCATION', `a stack has no output format ${format}`, {
    hint: 'Use yaml or json.',
  });
}
