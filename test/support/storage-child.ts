// A program that opens a storage driver and does what it reads, one JSON request a line: so that tests can run a driver
// as another user, and kill it at any moment.
import { createInterface } from 'node:readline';
import { FactoryError, getMessage } from '../../src/errors.ts';
import type { DriverName } from '../../src/local/storage/driver.ts';
import { openDriver } from '../../src/local/storage/drivers.ts';

export interface ChildSettings {
  readonly root: string;
  readonly wanted?: DriverName | undefined;
  readonly ownerUid: number;
  readonly poolSizeBytes?: number | undefined;
}

export type Method =
  | 'makeVolume'
  | 'makeGolden'
  | 'forkGolden'
  | 'rename'
  | 'openVolume'
  | 'closeVolume'
  | 'remove'
  | 'measureVolume'
  | 'list'
  | 'dispose';

export interface Request {
  readonly method: Method;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } };

const settings = JSON.parse(process.argv[2] ?? '') as ChildSettings;

async function main(): Promise<void> {
  const { ownerUid } = settings;
  const storage = await openDriver({ ...settings, ownerGid: ownerUid, env: process.env, log: () => {} });
  const { driver, reason } = storage;
  reply({ value: { name: driver.name, isGoldenAtomic: driver.isGoldenAtomic, reason } });
  for await (const line of createInterface({ input: process.stdin })) {
    const { method, args } = JSON.parse(line) as Request;
    await answer(async () => {
      if (method === 'dispose') return await storage[Symbol.asyncDispose]();
      if (method !== 'makeGolden') return await (driver[method] as (...args: unknown[]) => unknown)(...args);
      const [from, to, excluded] = args as [string, string, string[]];
      return await driver.makeGolden(from, to, (path) => excluded.includes(path));
    });
  }
}

async function answer(work: () => Promise<unknown>): Promise<void> {
  try {
    reply({ value: (await work()) ?? null });
  } catch (error) {
    const code = error instanceof FactoryError ? error.code : 'UNKNOWN';
    const hint = error instanceof FactoryError && error.hint ? { hint: error.hint } : {};
    reply({ error: { code, message: getMessage(error), ...hint } });
  }
}

function reply(message: Reply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

await answer(main);
