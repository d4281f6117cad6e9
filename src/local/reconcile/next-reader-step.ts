// Decides what to do next for the readers of a cluster, once its writer needs nothing. Pure.

import type { InstanceRecord } from '../records.ts';
import { type ClusterFacts, DOWN, hasGivenUp, type ServerFacts } from './next-step.ts';

export interface ReaderFacts {
  readonly instance: InstanceRecord;
  readonly server: (ServerFacts & { readonly writerPort: number | undefined }) | undefined;
  readonly failures: readonly number[];
}

export type ReaderStep =
  | 'make-reader'
  | 'start-reader'
  | 'stop-reader'
  | 'set-reader-access'
  | 'remove-reader'
  | 'give-up-reader';

export function findNextReaderStep(
  facts: ClusterFacts,
): { readonly step: ReaderStep; readonly reader: ReaderFacts } | undefined {
  for (const reader of facts.readers) {
    const step = findStep(facts, reader);
    if (step) return { step, reader };
  }
  return undefined;
}

function findStep(facts: ClusterFacts, { instance, server, failures }: ReaderFacts): ReaderStep | undefined {
  const { reader } = instance;
  if (instance.id === facts.writer?.id) return reader?.isVolumeReady || server ? 'remove-reader' : undefined;
  if (!isReaderWanted(facts, instance)) return server && 'stop-reader';
  const writer = facts.server;
  if (writer === undefined || facts.cluster.pendingVerifier !== undefined) return undefined;
  if (!server && hasGivenUp(failures, facts.nowMs)) return 'give-up-reader';
  if (!reader?.isVolumeReady) return 'make-reader';
  if (!server) return 'start-reader';
  const isRebootDue =
    instance.status === 'rebooting' && server.startedAtMs < Date.parse(instance.statusSince);
  if (server.writerPort !== writer.port || isRebootDue) return 'stop-reader';
  return server.accessKey === facts.accessKey ? undefined : 'set-reader-access';
}

function isReaderWanted({ cluster }: ClusterFacts, { status }: InstanceRecord): boolean {
  if (DOWN.test(cluster.status)) return false;
  return !DOWN.test(status) || (cluster.status === 'starting' && status === 'stopped');
}
