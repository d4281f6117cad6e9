// Runs an image with this process's own output: REFERENCE.
import { runImage } from '../../src/build/run-image.ts';

process.exitCode = await runImage({
  reference: process.argv[2] as string,
  args: ['converge', '--db-password-stdin'],
  input: 'the password\n',
  containerEnv: { AWS_REGION: 'eu-central-1' },
  awsCredentials: '[default]\naws_access_key_id = x\n',
  env: process.env,
});
