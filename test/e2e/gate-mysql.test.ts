import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateDBClusterCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase } from '../../src/sql/connect.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { describeIfMet } from '../support/needs.ts';
import { startDbArtifact } from '../support/program.ts';
import { hasProgram, type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const PASSWORD = 'password-of-the-copy';
const LEAK = "SELECT count(*) AS n FROM customers WHERE email LIKE '%@real.test'";
const INI = `[source_db]
source_db_cluster_id = shop-prod
[target_db]
subnet_ids = source
instance_type = source
[schema]
after_sql_path = after.sql
[masking]
masking_policy_path = masking.yaml
`;
const POLICY =
  'version: 1\ntables:\n  customers:\n    columns: { id: keep, email: fake email, full_name: fake name }\n';

describeIfMet('mariadb', hasProgram('mariadbd') ? undefined : 'no mariadbd')(
  'the gate of a clone of MariaDB',
  () => {
    const folder = makeFolder();
    let local: LocalRds;
    const login = async (id: string, user: string, password: string) => {
      const { Port: port = 0 } = await local.getCluster(id);
      const place = { family: 'mysql', host: '127.0.0.1', tls: 'off', timeoutMs: 5000 } as const;
      return await connectDatabase({ ...place, port, user, password, database: 'shop' });
    };
    const query = async (id: string, user: string, password: string, ...texts: string[]) => {
      const connection = await login(id, user, password);
      try {
        let rows: unknown[] = [];
        for (const text of texts) rows = (await connection.query(text)).rows;
        return rows;
      } finally {
        await connection.close();
      }
    };

    beforeAll(async () => {
      local = await startLocalRds(folder);
      await local.rds.send(
        new CreateDBClusterCommand({
          ...{ DBClusterIdentifier: 'shop-prod', Engine: 'aurora-mysql', DatabaseName: 'shop' },
          ...{ MasterUsername: 'dba', MasterUserPassword: 'source-password' },
          VpcSecurityGroupIds: [local.securityGroupId],
        }),
      );
      await local.rds.send(
        new CreateDBInstanceCommand({
          ...{ DBInstanceIdentifier: 'shop-prod-1', DBClusterIdentifier: 'shop-prod' },
          ...{ DBInstanceClass: 'db.r6g.large', Engine: 'aurora-mysql' },
        }),
      );
      await waitFor('the source', async () =>
        query('shop-prod', 'dba', 'source-password', 'SELECT 1').then(
          () => true,
          () => false,
        ),
      );
      await query(
        'shop-prod',
        'dba',
        'source-password',
        'CREATE TABLE customers (id int PRIMARY KEY, email varchar(100), full_name varchar(100))',
        "INSERT INTO customers SELECT seq, CONCAT('p', seq, '@real.test'), CONCAT('P ', seq) FROM seq_1_to_5000",
        "CREATE USER clerk@'%' IDENTIFIED BY 'clerk-secret'",
        "GRANT SELECT ON shop.* TO clerk@'%'",
      );
      writeFileSync(join(folder, 'artifact.ini'), INI);
      writeFileSync(join(folder, 'masking.yaml'), POLICY);
      writeFileSync(
        join(folder, 'after.sql'),
        "CREATE USER app@'%' IDENTIFIED BY 'app-secret';\nGRANT SELECT ON shop.* TO app@'%';\n",
      );
      await local.run('build', join(folder, 'artifact.ini'));
    });
    afterAll(async () => {
      await local?.close();
      removeFolder(folder);
    });

    it('masks, locks and runs after steps before it opens, also when it was killed on the way', async () => {
      const args = ['converge', '--name', 'mine', '--db-password-stdin', '--progress', 'json'];
      const victim = startDbArtifact(args, local.env, PASSWORD);
      await new Promise<void>((resolve) => {
        victim.child.stderr?.on('data', (chunk: Buffer) => {
          if (chunk.toString().includes('mask shop.customers')) victim.child.kill('SIGKILL');
        });
        victim.child.once('close', () => resolve());
      });
      await expect(login('mine', 'dba', PASSWORD)).rejects.toThrow();
      await expect(login('mine', 'dba', 'source-password')).rejects.toThrow();
      await expect(login('mine', 'clerk', 'clerk-secret')).rejects.toThrow();
      const { status, stderr } = await startDbArtifact(args, local.env, PASSWORD).ended;
      expect(status, stderr).toBe(0);
      expect(await query('mine', 'dba', PASSWORD, LEAK)).toEqual([{ n: 0 }]);
      expect(await query('mine', 'app', 'app-secret', LEAK)).toEqual([{ n: 0 }]);
      await expect(login('mine', 'clerk', 'clerk-secret')).rejects.toThrow();
      expect(await query('shop-prod', 'clerk', 'clerk-secret', LEAK)).toEqual([{ n: 5000 }]);
      await local.run('destroy', 'mine');
    });

    it('leaves nothing behind', async () => {
      await local.run('local', 'down', '--delete');
      expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
    });
  },
);
