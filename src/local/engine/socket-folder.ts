// Where the unix sockets of servers are: their paths must be short. Pure.
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** sun_path of a unix socket, less the closing zero. https://man7.org/linux/man-pages/man7/unix.7.html; of macOS: sys/un.h */
function getMaxPathBytes(platform: NodeJS.Platform): number {
  return platform === 'linux' ? 107 : 103;
}

/** Below the data folder where the longest path in it fits, else below /tmp. */
export function pickSocketFolder(dataDir: string, uid: number, platform: NodeJS.Platform): string {
  const wanted = join(dataDir, 'run');
  if (Buffer.byteLength(join(wanted, '.s.PGSQL.65535')) <= getMaxPathBytes(platform)) return wanted;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return join('/tmp', `db-artifact-${uid}-${name}`);
}
