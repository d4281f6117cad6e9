// Sends SQL text into the server of a new cluster, as its superuser.
import type { Readable } from 'node:stream';
import { runPiped } from '../../run.ts';
import type { ImportJob } from './job.ts';
import type { LoadingServer } from './loading.ts';
import { describeEnd } from './program-end.ts';

/** In binary mode the client runs no commands of its own, such as a shell, that a text may hold. */
export async function loadText(
  job: ImportJob,
  client: string,
  server: LoadingServer,
  text: Readable,
  database = '',
): Promise<void> {
  const { host, user } = server.login;
  const args = [
    ...['--no-defaults', `--socket=${host}`, `--user=${user}`, '--binary-mode', '--max-allowed-packet=1G'],
    ...['--default-character-set=utf8mb4', '--init-command=SET unique_checks = 0, foreign_key_checks = 0'],
    ...(database === '' ? [] : [`--database=${database}`]),
  ];
  const result = await runPiped(client, args, {
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    signal: job.signal,
    input: text,
  });
  if (result.status !== 0) throw describeEnd('mariadb', result.stderr);
}
