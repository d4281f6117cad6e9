// Refuses what the machine has no room for, as AWS refuses what a zone or an account has no room for.
import { FactoryError } from '../../errors.ts';
import { Fault } from '../faults.ts';
import type { EngineFamily } from '../records.ts';
import type { ActionContext } from './action.ts';

/** Disk for a new cluster, and memory for the server that it will have. */
export async function checkRoom({ databases }: ActionContext, engine: EngineFamily): Promise<void> {
  await refusing(databases.checkRoom('volume', engine), noStorage);
  await refusing(databases.checkRoom('server', engine), noCapacity);
}

export async function checkRoomForServer({ databases }: ActionContext, engine: EngineFamily): Promise<void> {
  await refusing(databases.checkRoom('server', engine), noInstanceCapacity);
}

/** Says with AWS's fault what only this machine knows. */
export async function refusing<T>(work: Promise<T>, toFault: (figures: string) => Fault): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== 'QUOTA_EXCEEDED') throw error;
    throw toFault([error.message, error.hint].filter(Boolean).join('. '));
  }
}

export function noCapacity(figures: string): Fault {
  const message = `The DB cluster doesn't have enough capacity for the current operation: ${figures}`;
  return new Fault('InsufficientDBClusterCapacityFault', message, 403);
}

function noStorage(figures: string): Fault {
  const message =
    'The request would result in the user exceeding the allowed amount of storage available across all DB instances: ';
  return new Fault('StorageQuotaExceeded', `${message}${figures}`);
}

function noInstanceCapacity(figures: string): Fault {
  const message = "The specified DB instance class isn't available in the specified Availability Zone: ";
  return new Fault('InsufficientDBInstanceCapacity', `${message}${figures}`);
}
