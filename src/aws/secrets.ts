// The secrets that RDS keeps in Secrets Manager for master users whose password it manages.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
import { FactoryError } from '../errors.ts';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';

/** The password as it is now: Secrets Manager changes it every week. */
export async function readMasterPassword(aws: AwsConnection, secretArn: string): Promise<string> {
  return await callAws(`reading the secret ${secretArn}`, async () => {
    const { GetSecretValueCommand } = await import('./secrets-client.ts');
    const client = await aws.secrets();
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }), getSendOptions(aws));
    return parsePassword(secretArn, answer.SecretString);
  });
}

function parsePassword(secretArn: string, text = ''): string {
  try {
    const { password } = JSON.parse(text) as { password?: unknown };
    if (typeof password === 'string' && password !== '') return password;
  } catch {
    // the text itself must not be told
  }
  throw new FactoryError('AWS_FAILED', `the secret ${secretArn} holds no password`);
}
