// Data and write load in the shape of pgbench's TPC-B: the four balances agree in every consistent copy.
import pg from 'pg';

/** About 1 GB per 6.6 million accounts, indexes included. */
export async function fillAccounts(config: pg.ClientConfig, gigabytes: number): Promise<void> {
  const accounts = Math.round(6_600_000 * gigabytes);
  const client = new pg.Client(config);
  await client.connect();
  await client.query(`
    CREATE TABLE branches (bid int PRIMARY KEY, bbalance int NOT NULL);
    CREATE TABLE tellers (tid int PRIMARY KEY, tbalance int NOT NULL);
    CREATE TABLE accounts (aid int NOT NULL, abalance int NOT NULL, filler char(88) NOT NULL);
    CREATE TABLE history (aid int, delta int, at timestamptz);
    INSERT INTO branches SELECT i, 0 FROM generate_series(1, 60) AS i;
    INSERT INTO tellers SELECT i, 0 FROM generate_series(1, 600) AS i;
    INSERT INTO accounts SELECT i, 0, '' FROM generate_series(1, ${accounts}) AS i;
    ALTER TABLE accounts ADD PRIMARY KEY (aid);`);
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT').catch(() => {}); // a right that not every version lets the master have
  await client.end();
}

export interface Load {
  /** Transactions committed each second since the start. */
  stop(): Promise<number>;
}

/** Writes at a steady rate over four connections until stopped. */
export async function startLoad(config: pg.ClientConfig, perSecond: number, accounts: number): Promise<Load> {
  let isRunning = true;
  let committed = 0;
  const start = performance.now();
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const client = new pg.Client(config);
    await client.connect();
    for (let turn = 0; isRunning; turn++) {
      const dueMs = start + ((turn * 4 + writer) * 1000) / perSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await client.query(formatTransaction(accounts));
      committed++;
    }
    await client.end();
  });
  return {
    async stop() {
      isRunning = false;
      await Promise.all(writers);
      return committed / ((performance.now() - start) / 1000);
    },
  };
}

function formatTransaction(accounts: number): string {
  const pick = (most: number): number => 1 + Math.floor(Math.random() * most);
  const [aid, bid, tid, delta] = [pick(accounts), pick(60), pick(600), pick(1000) - 500];
  return `BEGIN;
    UPDATE accounts SET abalance = abalance + ${delta} WHERE aid = ${aid};
    UPDATE tellers SET tbalance = tbalance + ${delta} WHERE tid = ${tid};
    UPDATE branches SET bbalance = bbalance + ${delta} WHERE bid = ${bid};
    INSERT INTO history VALUES (${aid}, ${delta}, now());
    COMMIT`;
}
