import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { planCopy } from '../../src/converge/plan.ts';
import { EXIT } from '../../src/errors.ts';
import { makeRequest, makeSource } from '../support/account.ts';
import { SPEC } from '../support/artifact.ts';
import { runCli } from '../support/command-line.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findMotoProblem, type Moto, startMoto } from '../support/moto.ts';
import { describeIfMet } from '../support/needs.ts';

describeIfMet('moto', findMotoProblem())('a plan, over the AWS API', () => {
  const folder = makeFolder();
  let moto: Moto;
  let aws: AwsConnection;
  let artifact: Artifact;
  beforeAll(async () => {
    moto = await startMoto();
    aws = await connectAws({ env: moto.env });
    artifact = await makeSource(aws, 'shop');
  });
  afterAll(async () => {
    await moto?.stop();
    removeFolder(folder);
  });

  test('warns of a public copy in a network without an internet gateway', async () => {
    const network = { ...SPEC.network, isPubliclyAccessible: true, allowedCidrs: ['203.0.113.7/32'] };
    const open = { ...artifact, spec: { ...artifact.spec, network } };
    const { warnings } = await planCopy(makeRequest(aws, open, { name: 'public' }));
    expect(warnings.join('\n')).toMatch(
      /to be public, but no internet gateway is routed to from subnet-\w+, subnet/,
    );
    const { warnings: others } = await planCopy(makeRequest(aws, artifact, { name: 'private' }));
    expect(others.join('\n')).not.toContain('internet gateway');
  });

  test('with --exit-code says by its status whether there is work', async () => {
    const spec = join(folder, 'artifact.json');
    writeFileSync(spec, JSON.stringify(artifact));
    const env = { ...moto.env, DB_ARTIFACT_IMAGE_SPEC: spec, DB_PASSWORD: 'Correct-Horse-42' };
    const plan = async (...args: readonly string[]) =>
      await runCli(['plan', '--json', '--name', 'alpha', '--owner', 'alice', ...args], { env });
    const before = await plan('--exit-code');
    expect(before.status).toBe(EXIT.differences);
    expect(JSON.parse(before.stdout)).toMatchObject({ estimate: { leastMinutes: 10, mostMinutes: 20 } });
    expect((await plan()).status).toBe(0);
    await convergeCopy(makeRequest(aws, artifact, { name: 'alpha', isPasswordManaged: true }), () => {});
    const after = await plan('--exit-code');
    expect(JSON.parse(after.stdout)).toMatchObject({
      estimate: { text: 'it is there already', mostMinutes: 0 },
    });
    expect(after.status).toBe(0);
  });

  test('shows what a copy that is there has otherwise than asked', async () => {
    await convergeCopy(makeRequest(aws, artifact, { name: 'gamma' }), () => {});
    const maintenance = { ...artifact.spec.maintenance, backupRetentionDays: 3 };
    const changed = { ...artifact, spec: { ...artifact.spec, maintenance } };
    const { differences } = await planCopy(makeRequest(aws, changed, { name: 'gamma' }));
    expect(differences).toContainEqual({
      text: 'backup retention: asked 3, RDS reports 7',
      isChanged: true,
    });
    const { differences: none } = await planCopy(makeRequest(aws, artifact, { name: 'delta' }));
    expect(none).toEqual([]);
  });

  test('list tells what copies cost, where a price table is given', async () => {
    await convergeCopy(makeRequest(aws, artifact, { name: 'beta' }), () => {});
    const prices = join(folder, 'prices.ini');
    writeFileSync(prices, '[prices]\ndb.r6g.large = 0.26\n');
    const { stdout } = await runCli(['list', '--prices', prices], { env: moto.env });
    expect(stdout).toMatch(/^NAME .* AGE .* PER HOUR +ENDPOINT$/m);
    expect(stdout).toMatch(/^beta .* 0\.26 USD /m);
    expect(stdout).toMatch(/^together 0\.\d\d USD per hour, without storage$/m);
    const { items } = JSON.parse(
      (await runCli(['list', '--json', '--prices', prices], { env: moto.env })).stdout,
    );
    expect(items).toContainEqual(
      expect.objectContaining({ name: 'beta', costPerHour: { least: 0.26, most: 0.26, currency: 'USD' } }),
    );
  });
});
