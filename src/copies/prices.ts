// What copies cost in an hour, by a price table that somebody keeps: prices differ by region, contract and day. Pure.
import { type IniEntry, parseIni } from '../artifact/ini.ts';
import { FactoryError } from '../errors.ts';
import type { Copy } from './list.ts';

export interface PriceTable {
  readonly currency: string;
  /** Of an hour, by instance class. */
  readonly instances: ReadonlyMap<string, number>;
  /** Of an hour of one Aurora capacity unit. */
  readonly acu: number | undefined;
}

/** Of an hour; storage and requests are not in it. */
export interface Cost {
  readonly least: number;
  /** Differs from the least where capacity grows with the load. */
  readonly most: number;
  readonly currency: string;
}

const CURRENCY = /^[A-Z]{3}$/;
const CLASS = /^db\.[a-z0-9-]+\.[a-z0-9-]+$/;
const PRICE = /^\d+(\.\d+)?$/;

/** `[prices]` of an INI file: `currency`, `acu` and instance classes. Throws BAD_CONFIGURATION with every problem. */
export function parsePrices(text: string, place: string): PriceTable {
  const { sections, problems } = parseIni(text);
  const entries = sections.find(({ name }) => name === 'prices')?.entries ?? [];
  const all = [
    ...problems.map(({ line, message }) => `${place}:${line}: ${message}`),
    ...entries.flatMap((entry) => findProblem(entry, place)),
    ...(entries.length === 0
      ? [`${place}: [prices] must be there, with instance classes and their prices`]
      : []),
  ];
  if (all.length > 0) {
    throw new FactoryError('BAD_CONFIGURATION', `the price table ${place} cannot be used`, { problems: all });
  }
  const find = (key: string) => entries.find((entry) => entry.key === key)?.value;
  const acu = find('acu');
  return {
    currency: find('currency') ?? 'USD',
    instances: new Map(
      entries.filter(({ key }) => CLASS.test(key)).map(({ key, value }) => [key, Number(value)]),
    ),
    acu: acu === undefined ? undefined : Number(acu),
  };
}

function findProblem({ key, value, line }: IniEntry, place: string): string[] {
  const at = `${place}:${line}: [prices] ${key}`;
  if (key === 'currency')
    return CURRENCY.test(value) ? [] : [`${at} must be a code such as USD, got "${value}"`];
  if (key !== 'acu' && !CLASS.test(key)) return [`${at} must be currency, acu or an instance class`];
  return PRICE.test(value) ? [] : [`${at} must be a price such as 0.26, got "${value}"`];
}

/** Undefined: an instance has no price in the table. */
export function estimateCost(copy: Copy, prices: PriceTable): Cost | undefined {
  const { currency } = prices;
  if (copy.status === 'stopped') return { least: 0, most: 0, currency };
  const costs = copy.instances.map(({ instanceClass }) => priceInstance(instanceClass, copy, prices));
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length) return undefined;
  const sum = (of: 'least' | 'most') => round(known.reduce((total, cost) => total + cost[of], 0));
  return { least: sum('least'), most: sum('most'), currency };
}

function priceInstance(instanceClass: string, { serverless }: Copy, { instances, acu }: PriceTable) {
  const price = instances.get(instanceClass);
  if (price !== undefined) return { least: price, most: price };
  if (instanceClass !== 'db.serverless' || serverless === undefined || acu === undefined) return undefined;
  return { least: serverless.minAcu * acu, most: serverless.maxAcu * acu };
}

export function addCosts(costs: readonly (Cost | undefined)[], currency: string): Cost {
  const sum = (of: 'least' | 'most') => round(costs.reduce((total, cost) => total + (cost?.[of] ?? 0), 0));
  return { least: sum('least'), most: sum('most'), currency };
}

/** Prices have four places at most; sums of them have no more. */
function round(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}
