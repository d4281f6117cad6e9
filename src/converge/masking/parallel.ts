// Works through a list over several connections at the same time, in the list's order.
import type { SqlConnection } from '../../sql/connect.ts';

/** Results in the order of `items`. The first failure ends all: nothing new is begun, what runs is waited for. */
export async function runParallel<T, R>(
  items: readonly T[],
  most: number,
  connect: () => Promise<SqlConnection>,
  work: (connection: SqlConnection, item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = new Array(items.length);
  const queue = [...items.entries()];
  let failure: { readonly error: unknown } | undefined;
  const runWorker = async (): Promise<void> => {
    const connection = await connect();
    try {
      for (let next = queue.shift(); next !== undefined && failure === undefined; next = queue.shift()) {
        results[next[0]] = await work(connection, next[1]);
      }
    } catch (error) {
      failure ??= { error };
    } finally {
      await connection.close();
    }
  };
  const workers = Array.from({ length: Math.min(most, items.length) }, runWorker);
  const settled = await Promise.allSettled(workers);
  const rejected = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  if (rejected !== undefined) throw rejected.reason;
  return results;
}
