// Keeps the records of the local RDS: one JSON file per resource, replaced atomically, all of them in memory.
// Knows file names and JSON; knows neither actions nor databases.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, getMessage } from '../errors.ts';
import { openEvents } from './events.ts';
import type {
  ClusterRecord,
  EventRecord,
  InstanceRecord,
  SecretRecord,
  SecurityGroupRecord,
  SnapshotRecord,
  SubnetGroupRecord,
} from './records.ts';

/** One kind of record. Reads answer from memory; a write has reached the disk when it resolves. */
export interface Collection<T> {
  get(key: string): T | undefined;
  list(): readonly T[];
  put(record: T): Promise<T>;
  /** Changes a record that must exist; `change` sees the newest state. */
  update(key: string, change: (record: T) => T): Promise<T>;
  remove(key: string): Promise<void>;
}

export interface Store {
  /** By id (lower case). */
  readonly clusters: Collection<ClusterRecord>;
  readonly instances: Collection<InstanceRecord>;
  readonly snapshots: Collection<SnapshotRecord>;
  /** By name (lower case). */
  readonly subnetGroups: Collection<SubnetGroupRecord>;
  /** By group id. */
  readonly securityGroups: Collection<SecurityGroupRecord>;
  /** By name. */
  readonly secrets: Collection<SecretRecord>;
  /** Newest last. */
  readonly events: readonly EventRecord[];
  addEvent(event: EventRecord): void;
}

/** Reads every record below `folder`; a file that cannot be read or parsed is an error that names it. */
export async function openStore(folder: string): Promise<Store> {
  return {
    clusters: await openCollection<ClusterRecord>(join(folder, 'clusters'), (record) => record.id),
    instances: await openCollection<InstanceRecord>(join(folder, 'instances'), (record) => record.id),
    snapshots: await openCollection<SnapshotRecord>(join(folder, 'snapshots'), (record) => record.id),
    subnetGroups: await openCollection<SubnetGroupRecord>(
      join(folder, 'subnet-groups'),
      (record) => record.name,
    ),
    securityGroups: await openCollection<SecurityGroupRecord>(
      join(folder, 'security-groups'),
      (record) => record.id,
    ),
    secrets: await openCollection<SecretRecord>(join(folder, 'secrets'), (record) => record.name),
    ...(await openEvents(join(folder, 'events.ndjson'))),
  };
}

/** Records with one key are changed one after another; a write takes along what was asked for until it begins. */
async function openCollection<T>(folder: string, keyOf: (record: T) => string): Promise<Collection<T>> {
  const records = await readRecords<T>(folder, keyOf);
  const written = new Map(records);
  const writes = new Map<string, Promise<void>>();
  const writeNewest = async (key: string): Promise<void> => {
    const record = records.get(key);
    if (record === written.get(key)) return; // an earlier write took it along
    const path = join(folder, fileName(key));
    if (record === undefined) await rm(path, { force: true });
    else await replaceFile(path, `${JSON.stringify(record, null, 2)}\n`);
    if (record === undefined) written.delete(key);
    else written.set(key, record);
  };
  const write = async (key: string): Promise<void> => {
    const before = writes.get(key);
    const turn = (async () => {
      await before?.catch(() => {});
      await writeNewest(key);
    })();
    writes.set(key, turn);
    await turn;
    if (writes.get(key) === turn) writes.delete(key);
  };
  const put = async (record: T): Promise<T> => {
    records.set(keyOf(record), record);
    await write(keyOf(record));
    return record;
  };
  return {
    get: (key) => records.get(key),
    list: () => [...records.values()],
    put,
    async update(key, change) {
      const record = records.get(key);
      if (record === undefined) throw new FactoryError('BUG', `no record ${key} in ${folder}`);
      return await put(change(record));
    },
    async remove(key) {
      records.delete(key);
      await write(key);
    },
  };
}

/** Keys may hold blanks and dots (subnet groups); a file name may not leave the folder. */
function fileName(key: string): string {
  return `${encodeURIComponent(key)}.json`;
}

async function readRecords<T>(folder: string, keyOf: (record: T) => string): Promise<Map<string, T>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const records = new Map<string, T>();
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    if (name.endsWith('.tmp')) await rm(path);
    if (!name.endsWith('.json')) continue;
    const record = await readRecord<T>(path);
    if (fileName(keyOf(record)) !== name) throw damaged(path, 'it holds the record of another name');
    records.set(keyOf(record), record);
  }
  return records;
}

async function readRecord<T>(path: string): Promise<T> {
  const text = await readFile(path, 'utf8');
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null) return record as T;
  } catch (error) {
    throw damaged(path, getMessage(error));
  }
  throw damaged(path, 'it holds no object');
}

function damaged(path: string, why: string): FactoryError {
  return new FactoryError('STATE_DAMAGED', `cannot read the state file ${path}: ${why}`, {
    hint: 'Restore it from a backup, or move it away to give that one resource up.',
  });
}

/** Readers see the old content or the new, also after a power cut. */
export async function replaceFile(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
