import { describe, expect, test } from 'vitest';
import { findNextReaderStep, type ReaderFacts } from '../../../../src/local/reconcile/next-reader-step.ts';
import type { ClusterFacts } from '../../../../src/local/reconcile/next-step.ts';
import type { ClusterRecord, InstanceRecord } from '../../../../src/local/records.ts';
import { findWriter, pickNext } from '../../../../src/local/writer.ts';

const SINCE = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(SINCE) + 1000;
const WRITER = { port: 1, startedAtMs: NOW, accessKey: 'all', followersKey: 'r', canBeFollowed: true };
const SERVER = { port: 2, startedAtMs: NOW, accessKey: 'all', writerPort: 1 };
const READY = { port: 2, isVolumeReady: true };

function makeInstance(id: string, changes: Partial<InstanceRecord> = {}): InstanceRecord {
  const common = { status: 'available', statusSince: SINCE, createdAt: SINCE, promotionTier: 1 };
  return { id, ...common, ...changes } as InstanceRecord;
}

function findStep(
  instance: Partial<InstanceRecord>,
  server?: ReaderFacts['server'],
  rest: Partial<ClusterFacts> & { failures?: readonly number[] } = {},
): string | undefined {
  const { failures = [], ...facts } = rest;
  const cluster = { id: 'c', status: 'available', writerId: 'w' } as ClusterRecord;
  const reader = makeInstance('r', instance);
  return findNextReaderStep({
    cluster,
    instances: [],
    writer: makeInstance('w'),
    readers: [{ instance: reader, server, failures }],
    server: WRITER,
    followersKey: 'r',
    accessKey: 'all',
    isNeeded: false,
    isFinalSnapshotLost: false,
    failures: [],
    nowMs: NOW,
    prestartMs: 0,
    isAsleep: false,
    ...facts,
  })?.step;
}

describe('the next step for a reader', () => {
  test('a volume, then a server, then access', () => {
    expect(findStep({ status: 'creating' })).toBe('make-reader');
    expect(findStep({ reader: READY })).toBe('start-reader');
    expect(findStep({ reader: READY }, { ...SERVER, accessKey: undefined })).toBe('set-reader-access');
    expect(findStep({ reader: READY }, SERVER)).toBeUndefined();
  });

  test('none without a writer, nor before its password is set', () => {
    expect(findStep({}, undefined, { server: undefined })).toBeUndefined();
    const cluster = { status: 'available', pendingVerifier: 'v' } as ClusterRecord;
    expect(findStep({}, undefined, { cluster })).toBeUndefined();
  });

  test('another server when the writer has another port, and after a reboot', () => {
    expect(findStep({ reader: READY }, { ...SERVER, writerPort: 9 })).toBe('stop-reader');
    const rebooting = { reader: READY, status: 'rebooting' };
    expect(findStep(rebooting, { ...SERVER, startedAtMs: 0 })).toBe('stop-reader');
    expect(findStep(rebooting, SERVER)).toBeUndefined();
  });

  test('no server while the cluster is stopped or the instance goes', () => {
    const cluster = { status: 'stopping' } as ClusterRecord;
    expect(findStep({ reader: READY }, SERVER, { cluster })).toBe('stop-reader');
    expect(findStep({ reader: READY, status: 'deleting' }, SERVER)).toBe('stop-reader');
    expect(findStep({ reader: READY, status: 'deleting' })).toBeUndefined();
  });

  test('a reader that became the writer gives its fork up', () => {
    expect(findStep({ reader: READY }, SERVER, { writer: makeInstance('r') })).toBe('remove-reader');
    const isGone = { reader: { ...READY, isVolumeReady: false } };
    expect(findStep(isGone, undefined, { writer: makeInstance('r') })).toBeUndefined();
  });

  test('it is given up when it keeps failing', () => {
    expect(findStep({}, undefined, { failures: [NOW, NOW, NOW] })).toBe('give-up-reader');
    expect(findStep({}, undefined, { failures: [0, 0, NOW] })).toBe('make-reader');
  });
});

describe('the writer of a cluster', () => {
  const one = makeInstance('one', { promotionTier: 5 });
  const two = makeInstance('two', { promotionTier: 2, createdAt: '2026-01-02T00:00:00.000Z' });
  const three = makeInstance('three', { promotionTier: 2 });

  test('is the one that the record names, as long as it stays', () => {
    expect(findWriter({ writerId: 'one' }, [one, two])?.id).toBe('one');
    expect(findWriter({ writerId: 'one' }, [{ ...one, status: 'deleting' }, two])?.id).toBe('two');
    expect(findWriter({ writerId: 'one' }, [{ ...one, status: 'deleting' }])?.id).toBe('one');
    expect(findWriter({}, [])).toBeUndefined();
  });

  test('is followed by the lowest tier, then the oldest, and a failed one only at last', () => {
    expect(pickNext([one, two, three])?.id).toBe('three');
    expect(pickNext([one, { ...two, status: 'failed' }])?.id).toBe('one');
  });
});
