// Every INI file that is shown is one whose copies can be planned, in both modes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSpec } from '../../src/artifact/read-spec.ts';
import { MODES } from '../../src/artifact/spec.ts';
import { findCluster } from '../../src/aws/rds.ts';
import { discoverSource } from '../../src/build/discover.ts';
import { planCopy } from '../../src/converge/plan.ts';
import { makeRequest, makeSource, waitForSource } from '../support/account.ts';
import { makeArtifact } from '../support/artifact.ts';
import { makeContent } from '../support/copy-build.ts';
import { listExamples } from '../support/examples.ts';
import { type LocalAccount, openFakeAccount } from '../support/local-account.ts';

describe('every INI file that is shown', () => {
  let account: LocalAccount;

  beforeAll(async () => {
    account = await openFakeAccount();
  });

  afterAll(async () => await account?.[Symbol.asyncDispose]());

  test.each(listExamples())('can be planned: $place', async ({ text, place }) => {
    const { aws } = account;
    const spec = readSpec(text, place);
    const { clusterId } = spec.source;
    if ((await findCluster(aws, clusterId)) === undefined) {
      await makeSource(aws, clusterId, {}, {});
      await waitForSource(aws, clusterId);
    }
    const artifact = makeArtifact(spec, await discoverSource(spec, aws));
    for (const mode of MODES) {
      const parts = { content: makeContent(spec), openLiquibase: async () => '/nonexistent' };
      const plan = await planCopy(makeRequest(aws, artifact, { name: 'shown', mode, ...parts }));
      expect(plan).toMatchObject({ name: 'shown', mode, sourceId: clusterId });
    }
  });
});
