// One suite, every endpoint: moto, the local RDS, and with REMOTE=1 what AWS_ENDPOINT_URL names.
import { describeConverging } from '../support/converge-cases.ts';
import {
  findRemoteProblem,
  openLocal,
  openMoto,
  openRemote,
  REMOTE_TIMEOUT_SECONDS,
} from '../support/endpoints.ts';
import { findMotoProblem } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';

describeIfMet('moto', findMotoProblem())('on moto', () => {
  describeConverging(openMoto, [
    { engine: 'aurora-postgresql', version: '15.4' },
    { engine: 'aurora-mysql', version: '8.0.mysql_aurora.3.05.2' },
  ]);
});

const mariadb = findMissingProgram('mariadbd') === undefined ? [{ engine: 'aurora-mysql' } as const] : [];
describeIfMet('local', undefined)('on the local RDS', () => {
  describeConverging(openLocal, [{ engine: 'aurora-postgresql' }, ...mariadb]);
});

if (process.env['REMOTE'] === '1') {
  describeIfMet('remote', findRemoteProblem(process.env))('on the endpoint of the environment', () => {
    describeConverging(
      async () => await openRemote(process.env),
      [
        { engine: 'aurora-postgresql', version: process.env['REMOTE_POSTGRESQL'] },
        { engine: 'aurora-mysql', version: process.env['REMOTE_MYSQL'] },
      ],
      REMOTE_TIMEOUT_SECONDS,
    );
  });
}
