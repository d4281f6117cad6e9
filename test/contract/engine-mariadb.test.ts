// The contract of engines, and what is MariaDB's alone.

import type { Engine } from '../../src/local/engine/engine.ts';
import { openEngines } from '../../src/local/engine/engines.ts';
import { findSystemMariadb } from '../../src/local/engine/mariadb-programs.ts';
import { describeEngine, type EngineDialect } from '../support/engine-contract.ts';
import { queryMysqlAs } from '../support/mysql-login.ts';
import { describeIfMet } from '../support/needs.ts';

const bins = await findSystemMariadb();

const MARIADB: EngineDialect = {
  title: 'MariaDB of the system',
  async open(dataDir) {
    const [engine] = await openEngines({ dataDir, postgresBins: [], mariadbBins: bins }, null);
    return engine as Engine;
  },
  query: queryMysqlAs,
  saysNoAccess: /Access denied/,
  saysWrongPassword: /Access denied/,
  superuser: 'root',
  allowed: [
    'CREATE DATABASE other',
    "CREATE USER reader IDENTIFIED BY 'reads'",
    'GRANT SELECT ON shop.* TO reader',
    'SHOW PROCESSLIST',
    'FLUSH TABLES',
    'CREATE TABLE isam (id int) ENGINE = MyISAM',
    'CREATE TABLE aria (id int) ENGINE = Aria',
  ],
  forbidden: [
    "SELECT 1 INTO OUTFILE '/tmp/db-artifact-test'",
    "SELECT LOAD_FILE('/etc/hostname') INTO @text; SIGNAL SQLSTATE '45000'",
    'SET GLOBAL require_secure_transport = OFF',
    'SHUTDOWN',
    'GRANT SUPER ON *.* TO reader',
  ],
  changes: [
    'CREATE VIEW one AS SELECT 1 AS one',
    'INSERT INTO isam VALUES (1)',
    'INSERT INTO aria VALUES (1)',
    'UPDATE isam SET id = 2',
    'CREATE TRIGGER counted BEFORE INSERT ON isam FOR EACH ROW SET @counted = 1',
    "SET PASSWORD FOR reader = PASSWORD('more')",
    'ALTER DATABASE other CHARACTER SET latin1',
  ],
  killSignal: 'SIGKILL',
};

describeIfMet('mariadb', bins.length === 0 ? 'MariaDB is not installed' : undefined)('MariaDB', () => {
  describeEngine(MARIADB);
});
