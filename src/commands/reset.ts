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
import { findResetNote, forgetResetNote, keepResetNote } from './reset-notes.ts';

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
    output.setPlace({ copy: name, again: `db-artifact reset ${name}` });
    const { copiesDir } = context.folders;
    const { findCopy, getCopy } = await import('../copies/list.ts');
    const { resetCopy } = await import('../copies/reset.ts');
    const found = await getArtifact(context, image ?? options.dockerImage);
    const aws = await openAws(context, options, found.artifact.spec.source);
    const interrupted = await findResetNote(copiesDir, aws, name);
    const old = (await findCopy(aws, name)) ?? interrupted ?? (await getCopy(aws, name));
    // An interrupted reset has left the password under the id that the copy had before.
    const resourceIds = [old.resourceId, ...(interrupted ? [interrupted.resourceId] : [])];
    const password =
      (await readPassword(context, options, output)) ??
      (options.managePassword ? undefined : await findKept(copiesDir, resourceIds));
    const createMode = old.mode === 'create' ? 'create' : 'clone';
    const content = await found.loadContent();
    const request = makeConvergeRequest(
      context,
      { ...options, name, createMode },
      { aws, content, ...found },
    );
    const { force: isForced, managePassword: isPasswordManaged } = options;
    const asked = { ...request, password, isPasswordManaged };
    const result = await inTurn(context, asked, output, async (turned) => {
      await keepResetNote(copiesDir, aws, interrupted ?? old);
      return await resetCopy(aws, name, turned, { isForced, interrupted }, output.progress);
    });
    for (const warning of result.warnings) output.warn(warning);
    for (const resourceId of resourceIds) await forgetPassword(copiesDir, resourceId);
    await keepOwnPassword(copiesDir, result);
    await forgetResetNote(copiesDir, old.name);
    await output.print(await describeConverged(result, false));
  });
}

async function findKept(copiesDir: string, resourceIds: readonly string[]): Promise<string | undefined> {
  for (const resourceId of resourceIds) {
    const password = await findPassword(copiesDir, resourceId);
    if (password !== undefined) return password;
  }
  return undefined;
}
