// Reads the report of masking out of the copy that was masked.
import { connectDatabase } from '../sql/connect.ts';
import { isLoopback } from './client-address.ts';
import type { Copy } from './copy.ts';
import { findMaskingReport } from './masking/mask-database.ts';
import type { MaskingReport } from './masking/report.ts';

const TIMEOUT_MS = 5000;

export async function readMaskingReport(
  copy: Copy,
  password: string,
  env: NodeJS.ProcessEnv,
): Promise<MaskingReport | undefined> {
  const { endpoint: host = '', port = 0, username: user, resourceId } = copy;
  const family = copy.engine === 'aurora-mysql' ? 'mysql' : 'postgres';
  const database = copy.database ?? (family === 'postgres' ? 'postgres' : '');
  const tls = isLoopback(host) ? 'prefer' : 'verify';
  const options = { host, port, user, password, database, family, tls, timeoutMs: TIMEOUT_MS, env } as const;
  const connection = await connectDatabase(options);
  try {
    return await findMaskingReport(connection, family, resourceId);
  } finally {
    await connection.close();
  }
}
