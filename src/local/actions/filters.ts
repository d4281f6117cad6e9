// Filters of list calls: which names a call knows, and what matches. Within a filter any value, across filters all.
import { Fault, invalidValue } from '../faults.ts';
import { list, required, structure, text } from '../parameters.ts';
import type { Tags } from '../records.ts';

export const FILTERS = list('Filter', structure({ Name: required(text), Values: list('Value', text) }));
export const EC2_FILTERS = list('Filter', structure({ Name: text, Value: list('item', text) }));

/** What one item answers to the name of a filter: one value or several. */
export type Fields<T> = { readonly [name: string]: (item: T) => readonly (string | undefined)[] };

interface RdsFilter {
  readonly Name: string;
  readonly Values?: readonly string[] | undefined;
}

interface Ec2Filter {
  readonly Name?: string | undefined;
  readonly Value?: readonly string[] | undefined;
}

/** RDS compares exactly and refuses names that it does not know. */
export function filterItems<T>(
  items: readonly T[],
  filters: readonly RdsFilter[] = [],
  fields: Fields<T>,
): readonly T[] {
  for (const { Name, Values = [] } of filters) {
    if (!Object.hasOwn(fields, Name)) throw invalidValue(`Unrecognized filter name: ${Name}`);
    if (Values.length === 0) throw invalidValue(`The filter ${Name} must have at least one value.`);
  }
  return items.filter((item) =>
    filters.every(({ Name, Values = [] }) =>
      fields[Name]?.(item).some((value) => Values.includes(value ?? '')),
    ),
  );
}

/** EC2 knows the wildcards `*` and `?`, and filters by tag everywhere. */
export function filterEc2Items<T>(
  items: readonly T[],
  filters: readonly Ec2Filter[] = [],
  fields: Fields<T>,
  tagsOf: (item: T) => Tags = () => ({}),
): readonly T[] {
  return filters.reduce((left, { Name = '', Value = [] }) => {
    const valuesOf = findField(Name, fields, tagsOf);
    const patterns = Value.map(toPattern);
    return left.filter((item) =>
      valuesOf(item).some((value) => patterns.some((one) => one.test(value ?? ''))),
    );
  }, items);
}

function findField<T>(name: string, fields: Fields<T>, tagsOf: (item: T) => Tags): Fields<T>[string] {
  if (name === 'tag-key') return (item) => Object.keys(tagsOf(item));
  if (name.startsWith('tag:'))
    return (item) => [tagsOf(item)[name.slice(4)]].filter((value) => value !== undefined);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new Fault('InvalidParameterValue', `The filter '${name}' is invalid`);
  return field;
}

function toPattern(value: string): RegExp {
  const escaped = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
