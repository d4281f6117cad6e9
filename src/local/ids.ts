// Makes the ids of new resources, formed as AWS forms them.
import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** `cluster-` or `db-` and 26 upper-case letters and digits. */
export function makeResourceId(kind: 'cluster' | 'db'): string {
  return `${kind}-${[...randomBytes(26)].map((byte) => LETTERS[byte % LETTERS.length]).join('')}`;
}

/** Of the volume that a snapshot is; names of volumes have small letters only. */
export function makeSnapshotVolumeId(): string {
  return `snapshot-${randomBytes(8).toString('hex')}`;
}

export function makeSecurityGroupId(): string {
  return `sg-0${randomBytes(8).toString('hex')}`;
}
