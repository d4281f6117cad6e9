// Opens AWS, or what stands for it, as a command's options and the environment say.
import type { AwsConnection } from '../aws/connect.ts';
import type { CommandContext } from './context.ts';
import type { AwsOptions } from './options.ts';

/** A copy is made in the region of its source, where an ARN tells that. */
export async function openAws(
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  options: AwsOptions,
  source: { readonly region?: string | undefined } = {},
): Promise<AwsConnection> {
  const { connectAws, withSignal } = await import('../aws/connect.ts');
  const aws = await connectAws({
    env: withCredentialsFile(env, options.awsCredentials),
    profile: options.awsProfile,
    region: options.region ?? source.region,
  });
  return withSignal(aws, signal);
}

/** Keys in the environment would win over the file that was asked for. */
function withCredentialsFile(env: NodeJS.ProcessEnv, file: string | undefined): NodeJS.ProcessEnv {
  if (file === undefined) return env;
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _key, AWS_SESSION_TOKEN: _token, ...rest } = env;
  return { ...rest, AWS_SHARED_CREDENTIALS_FILE: file };
}
