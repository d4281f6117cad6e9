import { describe, expect, test } from 'vitest';
import { type ClusterFacts, findNextStep } from '../../../../src/local/reconcile/next-step.ts';
import { findStatusChanges } from '../../../../src/local/reconcile/status.ts';
import type { ClusterRecord, InstanceRecord } from '../../../../src/local/records.ts';
import { findWriter } from '../../../../src/local/writer.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(SINCE) + 1000;

function makeFacts(
  cluster: Partial<ClusterRecord>,
  instances: readonly string[] = [],
  rest: Partial<ClusterFacts> = {},
): ClusterFacts {
  const members = instances.map(
    (status, at) => ({ id: `i${at}`, status, statusSince: SINCE }) as InstanceRecord,
  );
  return {
    cluster: {
      id: 'c',
      status: 'available',
      statusSince: SINCE,
      createdAt: SINCE,
      origin: { kind: 'fresh' },
      isVolumeReady: true,
      port: 1,
      ...cluster,
    } as ClusterRecord,
    instances: members,
    writer: findWriter(cluster, members),
    readers: [],
    server: undefined,
    followersKey: '',
    accessKey: '',
    isNeeded: false,
    isFinalSnapshotLost: false,
    failures: [],
    nowMs: NOW,
    prestartMs: 0,
    isAsleep: false,
    ...rest,
  };
}

const SERVER = { port: 1, startedAtMs: NOW, accessKey: '', followersKey: undefined, canBeFollowed: true };

const CLONE = {
  origin: { kind: 'restore', sourceResourceId: 'cluster-S', restoreType: 'copy-on-write' },
} as const;

describe('the server of a clone without instance', () => {
  const soon = { prestartMs: 3000 };

  test('starts as soon as the clone is available, and waits for the instance', () => {
    expect(findNextStep(makeFacts(CLONE, [], soon))).toBe('start-server');
    expect(findNextStep(makeFacts(CLONE, [], { ...soon, server: SERVER, accessKey: 'any' }))).toBeUndefined();
    expect(findNextStep(makeFacts({ ...CLONE, status: 'creating' }, [], soon))).toBeUndefined();
  });

  test('is stopped when no instance comes', () => {
    const late = { ...soon, nowMs: NOW + 3000 };
    expect(findNextStep(makeFacts(CLONE, [], { ...late, server: SERVER }))).toBe('stop-server');
    expect(findNextStep(makeFacts(CLONE, [], late))).toBeUndefined();
  });

  test('is not started for fresh clusters, nor again after a failure', () => {
    expect(findNextStep(makeFacts({}, [], soon))).toBeUndefined();
    expect(findNextStep(makeFacts(CLONE, [], { ...soon, failures: [NOW] }))).toBeUndefined();
  });
});

describe('the next step', () => {
  test('a new cluster gets its volume first', () => {
    expect(findNextStep(makeFacts({ status: 'creating', isVolumeReady: false }, ['creating']))).toBe(
      'make-volume',
    );
  });

  test('a volume that could not be made is not tried again', () => {
    expect(findNextStep(makeFacts({ status: 'cloning-failed', isVolumeReady: false }))).toBeUndefined();
  });

  test('a cluster without instance has no server', () => {
    expect(findNextStep(makeFacts({}))).toBeUndefined();
    expect(findNextStep(makeFacts({}, [], { server: SERVER }))).toBe('stop-server');
    expect(findNextStep(makeFacts({}, ['deleting'], { server: SERVER }))).toBe('stop-server');
  });

  test('an instance gets a server, also a second one the same', () => {
    expect(findNextStep(makeFacts({}, ['creating']))).toBe('start-server');
    expect(findNextStep(makeFacts({}, ['deleting', 'available'], { server: SERVER }))).toBeUndefined();
  });

  test('nobody gets in before the new password is set', () => {
    const server = { ...SERVER, accessKey: undefined };
    expect(findNextStep(makeFacts({ pendingVerifier: 'v' }, ['creating'], { server }))).toBe('set-password');
    expect(findNextStep(makeFacts({}, ['creating'], { server }))).toBe('set-access');
  });

  test('a password waits for a server', () => {
    expect(findNextStep(makeFacts({ pendingVerifier: 'v', status: 'modifying' }))).toBeUndefined();
  });

  test('another port and a reboot need another server', () => {
    expect(findNextStep(makeFacts({ port: 2 }, ['available'], { server: SERVER }))).toBe('stop-server');
    const server = { ...SERVER, startedAtMs: 0 };
    expect(findNextStep(makeFacts({}, ['rebooting'], { server }))).toBe('stop-server');
    expect(findNextStep(makeFacts({}, ['rebooting'], { server: SERVER }))).toBeUndefined();
  });

  test('a server that keeps dying is given up, one that died long ago is not', () => {
    expect(findNextStep(makeFacts({}, ['available'], { failures: [NOW, NOW] }))).toBe('start-server');
    expect(findNextStep(makeFacts({}, ['available'], { failures: [NOW, NOW, NOW] }))).toBe('give-up');
    expect(findNextStep(makeFacts({}, ['available'], { failures: [0, NOW, NOW] }))).toBe('start-server');
    expect(findNextStep(makeFacts({}, ['failed']))).toBeUndefined();
  });

  test('stopping stops the server, starting starts it', () => {
    expect(findNextStep(makeFacts({ status: 'stopping' }, ['available'], { server: SERVER }))).toBe(
      'stop-server',
    );
    expect(findNextStep(makeFacts({ status: 'starting' }, ['stopped']))).toBe('start-server');
    expect(findNextStep(makeFacts({ status: 'stopped' }, ['stopped']))).toBeUndefined();
  });
});

describe('statuses that move on', () => {
  const listMoves = (facts: ClusterFacts) => findStatusChanges(facts).map(({ id, to }) => `${id} ${to}`);

  test('a cluster with a volume is available, its instance with a server', () => {
    expect(listMoves(makeFacts({ status: 'creating' }, ['creating']))).toEqual(['c available']);
    expect(listMoves(makeFacts({}, ['creating'], { server: SERVER }))).toEqual(['i0 available']);
  });

  test('what is settled does not move', () => {
    expect(listMoves(makeFacts({}, ['available'], { server: SERVER }))).toEqual([]);
    expect(listMoves(makeFacts({ status: 'stopped' }, ['stopped']))).toEqual([]);
    expect(listMoves(makeFacts({ status: 'cloning-failed' }))).toEqual([]);
  });

  test('instances stop before their cluster has stopped', () => {
    expect(listMoves(makeFacts({ status: 'stopping' }, ['available']))).toEqual(['i0 stopping']);
    expect(listMoves(makeFacts({ status: 'stopping' }, ['stopping']))).toEqual(['i0 stopped']);
    expect(listMoves(makeFacts({ status: 'stopping' }, ['stopped']))).toEqual(['c stopped']);
  });

  test('instances start before their cluster has started', () => {
    const server = SERVER;
    expect(listMoves(makeFacts({ status: 'starting' }, ['stopped'], { server }))).toEqual(['i0 starting']);
    expect(listMoves(makeFacts({ status: 'starting' }, ['starting'], { server }))).toEqual(['i0 available']);
    expect(listMoves(makeFacts({ status: 'starting' }, ['available'], { server }))).toEqual(['c available']);
  });

  test('a source stays until its clones are made', () => {
    expect(listMoves(makeFacts({ status: 'deleting' }, [], { isNeeded: true }))).toEqual([]);
    expect(listMoves(makeFacts({ status: 'deleting' }))).toEqual(['c removed']);
  });

  test('only what is under way has to be seen for a while', () => {
    expect(findStatusChanges(makeFacts({ status: 'stopping' }, ['available']))[0]?.since).toBeUndefined();
    expect(findStatusChanges(makeFacts({ status: 'modifying' }))[0]?.since).toBe(SINCE);
  });
});
