// What converging must do on every endpoint that speaks the RDS and EC2 APIs, in both modes and for both families of
// engines: moto, the local RDS, or whatever AWS_ENDPOINT_URL names.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { readSpec } from '../../src/artifact/read-spec.ts';
import { MODES } from '../../src/artifact/spec.ts';
import type { AwsConnection } from '../../src/aws/connect.ts';
import { discoverSource } from '../../src/build/discover.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { tryLogin } from '../../src/converge/login.ts';
import { planCopy } from '../../src/converge/plan.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { listCopies } from '../../src/copies/list.ts';
import { listSubnetIds, makeRequest, makeSource, waitForSource } from './account.ts';
import { makeArtifact } from './artifact.ts';
import { listOwned } from './copy-state.ts';
import { isSent, listSettings, makeIni, type Place, type Setting } from './every-setting.ts';
import { listChanges, recordRequests } from './recorder.ts';

export interface Endpoint extends AsyncDisposable {
  readonly aws: AwsConnection;
  /** What it cannot do, as sentences of converging's warnings: asked for, sent, and told to be different. */
  readonly shortcomings: readonly RegExp[];
  /** Whether there are databases behind the clusters, so that logins prove something. */
  readonly hasDatabases: boolean;
  /** Whether a fresh cluster can have another than the standard one. */
  readonly hasStorageTypes: boolean;
  /** Parameter groups of one's own; none where there are only those of the endpoint. */
  makeGroups(engine: Place['engine'], family: string): Promise<Partial<Place>>;
  /** Whether it looks at keys and roles, of which an INI file that sets everything names some that do not exist. */
  readonly hasKeys?: boolean;
  /** Removes a source and what `makeGroups` made, where they would outlive the test. */
  removeSource?(clusterId: string): Promise<void>;
}

export interface Family {
  readonly engine: Place['engine'];
  /** Undefined: the endpoint's own. */
  readonly version?: string | undefined;
}

const silent = () => {};

/** `timeoutSeconds`: the most that one copy takes there. */
export function describeConverging(
  open: () => Promise<Endpoint>,
  families: readonly Family[],
  timeoutSeconds = 60,
): void {
  const timeoutMs = timeoutSeconds * 1000;
  const options = { timeout: 4 * timeoutMs };
  const DESTROY = { waits: true, timeoutSeconds };
  describe.each(families)('converging $engine', options, ({ engine, version }) => {
    const sourceId = `source-${engine.slice('aurora-'.length)}`;
    let endpoint: Endpoint;
    let aws: AwsConnection;
    let modelled: Artifact;
    let place: Place;

    beforeAll(async () => {
      endpoint = await open();
      aws = endpoint.aws;
      const cluster = {
        Engine: engine,
        StorageEncrypted: true,
        ...(version ? { EngineVersion: version } : {}),
      };
      modelled = await makeSource(aws, sourceId, {}, cluster);
      await waitForSource(aws, sourceId, timeoutMs);
      const { clusterParameterGroup, instanceParameterGroup } = modelled.discovered.maintenance;
      const subnetIds = (await listSubnetIds(aws)).slice(0, 2);
      place = {
        ...{ engine, subnetIds, storageType: 'aurora-iopt1' },
        ...{ clusterParameterGroup, instanceParameterGroup },
        ...(await endpoint.makeGroups(engine, clusterParameterGroup.replace('default.', ''))),
      };
    }, 4 * timeoutMs);

    afterAll(async () => {
      await endpoint?.removeSource?.(sourceId);
      await endpoint?.[Symbol.asyncDispose]();
    }, 4 * timeoutMs);

    const ask: typeof makeRequest = (connection, artifact, changes) =>
      makeRequest(connection, artifact, { timeoutSeconds, ...changes });

    const build = async (settings: readonly Setting[]): Promise<Artifact> => {
      const spec = readSpec(makeIni(sourceId, settings), 'every.ini');
      return makeArtifact(spec, await discoverSource(spec, aws));
    };
    const expectKnown = (warnings: readonly string[]) =>
      expect(
        warnings.filter((warning) => !endpoint.shortcomings.some((known) => known.test(warning))),
      ).toEqual([]);

    test.for(MODES)('%s sends every setting of the INI file', async (mode, { skip }) => {
      skip(endpoint.hasKeys === true, 'it looks at keys and roles, which are made up here');
      const name = `every-${mode}`;
      const storageType = endpoint.hasStorageTypes || mode === 'clone' ? place.storageType : 'aurora';
      const settings = listSettings({ ...place, storageType }, mode);
      const artifact = await build(settings);
      const sent = await recordRequests(aws);
      const { copy, connection, warnings } = await convergeCopy(ask(aws, artifact, { name, mode }), silent);
      const requests = listChanges(sent);
      const missing = settings.flatMap(({ key, sent: parts }) =>
        parts.filter((part) => !isSent(part, requests)).map((part) => `${key}: ${JSON.stringify(part)}`),
      );
      expect(missing).toEqual([]);
      expectKnown(warnings);
      expect(copy).toMatchObject({ mode, engine, expiresAt: '2030-01-01T03:00:00Z' });
      if (endpoint.hasDatabases) expect((await tryLogin(connection, {})).outcome).toBe('ok');
      await destroyCopy(aws, name, DESTROY, silent);
      expect(await listOwned(aws, name)).toEqual([]);
    });

    test.each(MODES)(
      '%s takes every setting from the source that the INI file leaves to it',
      async (mode) => {
        const name = `modelled-${mode}`;
        const sent = await recordRequests(aws);
        await convergeCopy(ask(aws, modelled, { name, mode }), silent);
        const made = mode === 'clone' ? 'RestoreDBClusterToPointInTime' : 'CreateDBCluster';
        const { port, maintenance, storageType, instanceClass } = modelled.discovered;
        const cluster = {
          Port: port,
          ...(mode === 'clone' ? { StorageType: storageType } : {}),
          DBClusterParameterGroupName: maintenance.clusterParameterGroup,
          EnableIAMDatabaseAuthentication: maintenance.hasIamAuthentication,
        };
        expect(isSent({ action: made, input: cluster }, sent)).toBe(true);
        const instance = {
          DBInstanceClass: instanceClass,
          CACertificateIdentifier: maintenance.caCertificate,
        };
        expect(isSent({ action: 'CreateDBInstance', input: instance }, sent)).toBe(true);
        await destroyCopy(aws, name, DESTROY, silent);
      },
    );

    test('settings that have come to differ are set again, and told', async () => {
      const name = 'drifted';
      await convergeCopy(ask(aws, modelled, { name }), silent);
      const maintenance = {
        ...modelled.spec.maintenance,
        backupRetentionDays: 9,
        backupWindow: '02:00-02:45',
      };
      const changed = { ...modelled, spec: { ...modelled.spec, maintenance } };
      const sent = await recordRequests(aws);
      const password = 'Correct-Horse-42';
      const { warnings } = await convergeCopy(ask(aws, changed, { name, password }), silent);
      const input = { BackupRetentionPeriod: 9, PreferredBackupWindow: '02:00-02:45' };
      expect(isSent({ action: 'ModifyDBCluster', input }, sent)).toBe(true);
      expectKnown(warnings.filter((warning) => !/ and is .* now$/.test(warning)));
      const again = await recordRequests(aws);
      await convergeCopy(ask(aws, changed, { name, password }), silent);
      if (endpoint.hasDatabases) expect(listChanges(again)).toEqual([]);
      await destroyCopy(aws, name, DESTROY, silent);
    });

    test('a copy that is there lives on as before, or as long as is asked now', async () => {
      const password = 'Correct-Horse-42';
      const request = ask(aws, modelled, { name: 'lasting', password, ttlSeconds: 3600 });
      await convergeCopy(request, silent);
      const nowMs = request.nowMs + 60_000;
      const { ttlSeconds: _, ...again } = { ...request, nowMs };
      expect((await convergeCopy(again, silent)).copy.expiresAt).toBe('2030-01-01T01:00:00Z');
      const longer = await convergeCopy({ ...again, ttlSeconds: 7200 }, silent);
      expect(longer.copy.expiresAt).toBe('2030-01-01T02:01:00Z');
      await destroyCopy(aws, 'lasting', DESTROY, silent);
    });

    test('a plan names what it would make and changes nothing', async () => {
      const sent = await recordRequests(aws);
      const plan = await planCopy(ask(aws, modelled, { name: 'planned' }));
      expect(plan.steps.map(({ action }) => action)).toEqual(Array(6).fill('make'));
      expect(listChanges(sent)).toEqual([]);
    });

    test('the source is as it was, and no copy is left', async () => {
      expect(await listCopies(aws)).toEqual([]);
      const { discovered } = modelled;
      expect(await discoverSource(modelled.spec, aws)).toEqual(discovered);
    });
  });
}
