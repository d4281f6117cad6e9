// The price table that a user gives, and costs as people read them.
import { readFile } from 'node:fs/promises';
import type { Copy } from '../copies/list.ts';
import type { Cost } from '../copies/prices.ts';
import { FactoryError, getMessage } from '../errors.ts';

export interface Prices {
  /** Undefined: the table has no price for it. */
  estimate(copy: Copy): Cost | undefined;
  /** Of all that have a price. */
  addUp(copies: readonly Copy[]): Cost;
}

/** Undefined: no table is given. */
export async function readPrices(path: string | undefined): Promise<Prices | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_CONFIGURATION', `cannot read the price table ${path}: ${getMessage(error)}`);
  });
  const { addCosts, estimateCost, parsePrices } = await import('../copies/prices.ts');
  const table = parsePrices(text, path);
  const estimate = (copy: Copy) => estimateCost(copy, table);
  return { estimate, addUp: (copies) => addCosts(copies.map(estimate), table.currency) };
}

export function formatCost(cost: Cost | undefined): string {
  if (cost === undefined) return '?';
  const { least, most, currency } = cost;
  return least === most ? `${least} ${currency}` : `${least} to ${most} ${currency}`;
}
