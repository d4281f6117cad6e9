import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMaskingPolicy } from '../../src/artifact/read-masking-policy.ts';
import { draftPolicy } from '../../src/build/draft-policy.ts';
import { checkPolicy } from '../../src/converge/masking/check-policy.ts';
import { readSchema } from '../../src/converge/masking/read-schema.ts';
import { sampleValues } from '../../src/converge/masking/sample-values.ts';
import type { SqlConnection } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { MYSQL_POLICY, MYSQL_SHOP, POSTGRES_POLICY, POSTGRES_SHOP } from '../support/shop.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const SHOPS = { postgres: POSTGRES_SHOP(300), mysql: MYSQL_SHOP(300) };
const POLICIES = { postgres: POSTGRES_POLICY, mysql: MYSQL_POLICY };

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet(family, findServerProblem(family))(`policies against a real schema, ${family}`, () => {
    let server: SqlServer;
    let connection: SqlConnection;
    beforeAll(async () => {
      server = await startSqlServer(family);
      connection = await connectWhenReady(server.options);
      await connection.query(SHOPS[family]);
    });
    afterAll(async () => {
      await connection?.close();
      await server?.stop();
    });

    it('takes a policy that gives every column a class', async () => {
      const schema = await readSchema(connection, family);
      checkPolicy(parseMaskingPolicy(POLICIES[family], 'masking.yaml'), schema);
    });

    it('drafts a policy that covers the schema and keeps no person', async () => {
      const schema = await readSchema(connection, family);
      const text = draftPolicy(schema, await sampleValues(connection, schema));
      checkPolicy(parseMaskingPolicy(text, 'draft.yaml'), schema);
      expect(text).toMatch(/email: fake email/);
      expect(text).toMatch(/first_name: fake first_name/);
      expect(text).toMatch(/password_hash: hash/);
      expect(text).not.toMatch(/(email|name|phone|birth_date|street|ship_to|body|entry): keep/);
    });

    it('names every problem with its line', async () => {
      const schema = await readSchema(connection, family);
      const text = `${POLICIES[family]
        .replace('first_name: fake first_name', 'first_name: null')
        .replace('phone: fake phone', 'phone: { value: none }')
        .replace('email: fake email, password_hash', 'email: hash, password_hash')
        .replace('birth_date: fake birth_date', 'birth_date: fake email')
        .replace('source: keep', 'sauce: keep')}`;
      const name = (table: string): string => `${schema.defaultSchema}.${table}`;
      const lineOf = (part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;
      expect(() => checkPolicy(parseMaskingPolicy(text, 'm.yaml'), schema)).toThrow(
        expect.objectContaining({
          code: 'BAD_CONFIGURATION',
          problems: expect.arrayContaining([
            `m.yaml:${lineOf('sauce')}: there is no column sauce in newsletter`,
            `m.yaml: ${name('newsletter.source')} (text) has no class`,
            expect.stringMatching(new RegExp(`^m.yaml:${lineOf('first_name: null')}: .*is NOT NULL`)),
            expect.stringMatching(/phone .* is unique and cannot have one value/),
            expect.stringMatching(/birth_date \(date\) cannot hold a fake email/),
            expect.stringMatching(/foreign key .*accounts .*both ends need the same class/),
          ]),
        }),
      );
    });
  });
}
