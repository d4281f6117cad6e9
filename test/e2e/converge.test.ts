import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { AwsConnection } from '../../src/aws/connect.ts';
import { createInstance, findCluster, getCluster, listInstances } from '../../src/aws/rds.ts';
import type { Connection } from '../../src/converge/connection.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { tryLogin } from '../../src/converge/login.ts';
import type { ConvergeRequest } from '../../src/converge/request.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { findCopy, listCopies } from '../../src/copies/list.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { connectDatabase } from '../../src/sql/connect.ts';
import { makeRequest, makeSource, SOURCE_PASSWORD, waitForSource } from '../support/account.ts';
import { type LocalAccount, openLocalAccount } from '../support/local-account.ts';

const silent = () => {};
const DESTROY = { waits: true, timeoutSeconds: 60 };
const PASSWORD = 'Correct-Horse-42';

describe('converging over real databases', () => {
  let account: LocalAccount;
  let aws: AwsConnection;
  let artifact: Artifact;

  beforeAll(async () => {
    account = await openLocalAccount();
    aws = account.aws;
    artifact = await makeSource(aws, 'shop', { network: NETWORK }, {});
    await waitForSource(aws, 'shop');
    await runSql(
      await getSourceConnection(aws),
      'CREATE TABLE orders AS SELECT generate_series(1, 100) AS id',
    );
  });

  afterAll(async () => await account?.[Symbol.asyncDispose]());

  const request = (name: string, changes: Partial<ConvergeRequest> = {}) =>
    makeRequest(aws, artifact, { name, ...changes });

  test('a clone has the rows of its source and a password of its own, and is apart from it', async () => {
    const { connection, warnings, isNew } = await convergeCopy(request('alpha'), silent);
    expect({ warnings, isNew }).toEqual({ warnings: [], isNew: true });
    const source = await getSourceConnection(aws);
    expect(await countOrders(connection)).toBe(100);
    await runSql(connection, 'DELETE FROM orders WHERE id > 7');
    expect(await countOrders(source)).toBe(100);
    expect(await login({ ...connection, password: SOURCE_PASSWORD })).toBe('refused');
    expect(await login(source)).toBe('ok');
  });

  test('a fresh one has the user and the database that were asked for, and no rows', async () => {
    const changes = { mode: 'create', username: 'owner1', password: PASSWORD } as const;
    const { connection, copy } = await convergeCopy(request('fresh-one', changes), silent);
    expect(copy).toMatchObject({ mode: 'create', username: 'owner1', database: 'fresh' });
    expect(connection).toMatchObject({ user: 'owner1', database: 'fresh', password: PASSWORD });
    const { rows } = await runSql(connection, "SELECT to_regclass('orders') AS found");
    expect(rows).toEqual([{ found: null }]);
  });

  test('the same command again changes nothing, and a new password where one is given', async () => {
    const first = await convergeCopy(request('beta', { password: PASSWORD }), silent);
    await runSql(first.connection, 'DELETE FROM orders');
    const again = await convergeCopy(request('beta', { password: PASSWORD }), silent);
    expect(again).toMatchObject({ isNew: false, warnings: [], connection: first.connection });
    expect(await countOrders(again.connection)).toBe(0);
    const changed = await convergeCopy(request('beta', { password: `${PASSWORD}-new` }), silent);
    expect(await login(changed.connection)).toBe('ok');
    expect(await login(first.connection)).toBe('refused');
  });

  test('several at once under one name make one copy', async () => {
    const runs = ['run-1', 'run-2', 'run-3'].map((runId) =>
      convergeCopy(request('gamma', { runId, password: PASSWORD }), silent),
    );
    const results = await Promise.all(runs);
    expect(new Set(results.map(({ copy }) => copy.resourceId)).size).toBe(1);
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    for (const { connection } of results) expect(await login(connection)).toBe('ok');
  });

  test('interrupted in any phase, the same command goes on to a usable copy', async () => {
    for (const phase of ['subnet group', 'cluster', 'password', 'access', 'instances', 'login']) {
      const name = `cut-at-${phase.replaceAll(' ', '-')}`;
      await interruptAt(phase, request(name, { password: PASSWORD }));
      const half = await findCluster(aws, name);
      const { connection, copy } = await convergeCopy(request(name, { password: PASSWORD }), silent);
      expect(await countOrders(connection)).toBe(100);
      if (half !== undefined) expect(copy.resourceId).toBe(half.DbClusterResourceId);
      await destroyCopy(aws, name, DESTROY, silent);
    }
  });

  test('what an interrupted run made can be destroyed', async () => {
    for (const phase of ['cluster', 'instances']) {
      const name = `gone-at-${phase}`;
      await interruptAt(phase, request(name));
      await destroyCopy(aws, name, DESTROY, silent);
      expect(await findCluster(aws, name)).toBeUndefined();
      await expect(destroyCopy(aws, name, DESTROY, silent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('out of time, it says where it was, what is left and how to go on', async () => {
    const late = await convergeCopy(request('late', { timeoutSeconds: 0.05 }), silent).catch(
      (error: unknown) => error,
    );
    expect(late).toMatchObject({ code: 'TIMED_OUT', hint: expect.stringContaining('goes on from here') });
    const { connection } = await convergeCopy(request('late'), silent);
    expect(await countOrders(connection)).toBe(100);
  });

  test('a copy of a copy is a copy of its own', async () => {
    const child = { ...artifact, spec: { ...artifact.spec, source: { clusterId: 'alpha' } } };
    const { connection } = await convergeCopy(request('alpha-child', { artifact: child }), silent);
    expect(await countOrders(connection)).toBe(7);
    await destroyCopy(aws, 'alpha', DESTROY, silent);
    expect(await countOrders(connection)).toBe(7);
  });

  test('a machine that is not let in cannot log in, and converging says so', async () => {
    const changes = { clientCidr: '192.0.2.1/32' };
    const { connection, warnings } = await convergeCopy(request('closed', changes), silent);
    expect(warnings.join()).toContain('cannot be reached from here');
    expect(await login(connection)).toBe('unreachable');
    const opened = await convergeCopy(request('closed'), silent);
    expect(await login(opened.connection)).toBe('ok');
  });

  test('a failure half-way through the instances leaves none of them behind', async () => {
    await takeSecondName('wide');
    const events: ProgressEvent[] = [];
    const failing = convergeCopy(request('wide', { artifact: widen() }), (event) => events.push(event));
    await expect(failing).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      problems: expect.arrayContaining([expect.stringContaining('removed again')]),
    });
    expect(await findCluster(aws, 'wide')).toBeUndefined();
    expect(await listInstances(aws, 'wide')).toEqual([]);
    expect(events.length).toBeLessThan(40);
  });

  test('a failure on a copy that was there before takes nothing of it away', async () => {
    const { copy } = await convergeCopy(request('kept'), silent);
    await takeSecondName('kept');
    const failing = convergeCopy(request('kept', { artifact: widen() }), silent);
    await expect(failing).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(await findCopy(aws, 'kept')).toMatchObject({ resourceId: copy.resourceId, instances: [{}] });
  });

  /** With a reader. */
  function widen(): Artifact {
    return { ...artifact, spec: { ...artifact.spec, hardware: { ...artifact.spec.hardware, readers: 1 } } };
  }

  /** The source gets a reader by the name that the second instance of the copy would have. */
  async function takeSecondName(copyName: string): Promise<void> {
    await createInstance(aws, {
      ...{ DBInstanceIdentifier: `${copyName}-2`, DBClusterIdentifier: 'shop' },
      ...{ Engine: 'aurora-postgresql', DBInstanceClass: 'db.r6g.large' },
    });
  }

  test('the source is as it was, after all of this', async () => {
    for (const { name } of await listCopies(aws)) await destroyCopy(aws, name, DESTROY, silent);
    expect(await listCopies(aws)).toEqual([]);
    expect(await countOrders(await getSourceConnection(aws))).toBe(100);
  });
});

/** The local RDS reports ports of its own choice, so none is asked for. */
const NETWORK = {
  port: 'source',
  securityGroupIds: 'own',
  allowedCidrs: ['client'],
  isPubliclyAccessible: 'source',
  networkType: 'source',
} as const;

async function interruptAt(phase: string, request: ConvergeRequest): Promise<void> {
  const controller = new AbortController();
  const abort = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase.startsWith(phase)) controller.abort();
  };
  const run = convergeCopy({ ...request, signal: controller.signal }, abort);
  await run.catch((error: unknown) => expect(error).toMatchObject({ code: 'INTERRUPTED' }));
}

async function getSourceConnection(aws: AwsConnection): Promise<Connection> {
  const { Endpoint = '', Port = 0 } = await getCluster(aws, 'shop');
  return {
    engine: 'aurora-postgresql',
    host: Endpoint,
    port: Port,
    user: 'dba',
    password: SOURCE_PASSWORD,
    database: 'shop',
    tls: 'prefer',
  };
}

async function login(connection: Connection): Promise<string> {
  return (await tryLogin(connection, {})).outcome;
}

async function countOrders(connection: Connection): Promise<number> {
  const { rows } = await runSql(connection, 'SELECT count(*)::int AS count FROM orders');
  return Number(rows[0]?.['count']);
}

async function runSql({ password = '', ...connection }: Connection, text: string) {
  const sql = await connectDatabase({ ...connection, password, family: 'postgres', timeoutMs: 10_000 });
  try {
    return await sql.query(text);
  } finally {
    await sql.close();
  }
}
