// db-artifact local env: shell lines that send every AWS program to the local server.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { getRunningServer } from './server-file.ts';

export function makeLocalEnvCommand(context: CommandContext): Command {
  const command = new Command('env').description(
    'Print shell lines that point AWS programs to the local RDS.',
  );
  return command.action(async () => {
    const output = context.openOutput(command);
    const { url, region } = await getRunningServer(context.folders.localDir);
    // The endpoint as well: older SDKs read it from the environment only.
    const variables = { AWS_PROFILE: 'db-artifact-local', AWS_REGION: region, AWS_ENDPOINT_URL: url };
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const text = lines.map((line) => `export ${line}`).join('\n');
    await output.print({ document: variables, text, brief: text, env: lines.join('\n') });
  });
}
