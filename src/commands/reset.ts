// db-artifact reset: a copy as fresh as on its first day, under the same name.
import { Command } from 'commander';
import { getArtifact } from './artifacts.ts';
import { openAws } from './aws.ts';
import type { CommandContext } from './context.ts';
import { inTurn } from './converge-here.ts';
import { addConvergeOptions, type ConvergeOptions, makeConvergeRequest } from './converge-options.ts';
import { describeConverged } from './converge-result.ts';
import { addLiquibaseOptions } from './liquibase-options.ts';
import { addPasswordOptions, type PasswordOptions, readPassword } from './password-options.ts';
import { findPassword, forgetPassword, keepOwnPassword } from './passwords.ts';

interface ResetOptions extends ConvergeOptions, PasswordOptions {
  readonly force?: boolean | undefined;
}

const OF_CONVERGE = ['--name', '--stack-name', '--owner', '--create-mode', '--db-username'];

export function makeResetCommand(context: CommandContext): Command {
  const command = new Command('reset')
    .description('Make a copy anew under its name, as its source is now. What was changed in it is lost.')
    .argument('<name>', 'the name of the copy')
    .argument('[image]', 'the image of its artifact (default: db-artifact:latest)')
    .option('--force', 'also when it is protected');
  addLiquibaseOptions(addPasswordOptions(addConvergeOptions(command, OF_CONVERGE)));
  return command.action(async (name: string, image: string | undefined, options: ResetOptions) => {
    const output = context.openOutput(command);
    output.setPlace({ copy: name });
    const { copiesDir } = context.folders;
    const { getCopy } = await import('../copies/list.ts');
    const { resetCopy } = await import('../copies/reset.ts');
    const found = await getArtifact(context, image ?? options.dockerImage);
    const aws = await openAws(context, options, found.artifact.spec.source);
    const { resourceId, mode } = await getCopy(aws, name);
    const password =
      (await readPassword(context, options, output)) ??
      (options.managePassword ? undefined : await findPassword(copiesDir, resourceId));
    const createMode = mode === 'create' ? 'create' : 'clone';
    const content = await found.loadContent();
    const request = makeConvergeRequest(
      context,
      { ...options, name, createMode },
      { aws, content, ...found },
    );
    const { force: isForced, managePassword: isPasswordManaged } = options;
    const asked = { ...request, password, isPasswordManaged };
    const result = await inTurn(
      context,
      asked,
      output,
      async (turned) => await resetCopy(aws, name, turned, { isForced }, output.progress),
    );
    for (const warning of result.warnings) output.warn(warning);
    await forgetPassword(copiesDir, resourceId);
    await keepOwnPassword(copiesDir, result);
    await output.print(await describeConverged(result, false));
  });
}
