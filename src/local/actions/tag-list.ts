// Tags as RDS and EC2 take and give them: a list of keys and values. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
import { invalidValue } from '../faults.ts';
import { type XmlList, xmlList } from '../http/xml.ts';
import { list, structure, text } from '../parameters.ts';
import type { Tags } from '../records.ts';

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export const TAG = structure({ Key: text, Value: text });
export const TAGS = list('Tag', TAG);
const MOST_TAGS = 50;

/** Adds given tags to those that are there; a later one replaces an earlier one of the same key. */
export function addTags(present: Tags, given: readonly Tag[] = []): Tags {
  for (const tag of given) checkTag(tag);
  const tags = { ...present, ...Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > MOST_TAGS) {
    throw invalidValue(`The number of tags exceeds the limit of ${MOST_TAGS} for the resource.`);
  }
  return tags;
}

export function formatTags(tags: Tags): XmlList {
  return xmlList(
    'Tag',
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  );
}

/** The same in EC2's spelling. */
export function formatTagSet(tags: Tags): XmlList {
  return xmlList(
    'item',
    Object.entries(tags).map(([key, value]) => ({ key, value })),
  );
}

function checkTag({ Key = '', Value = '' }: Tag): void {
  const [keyLength, valueLength] = [[...Key].length, [...Value].length];
  if (keyLength < 1 || keyLength > 128)
    throw invalidValue('Tag keys must be between 1 and 128 characters long.');
  if (valueLength > 256) throw invalidValue('Tag values must be at most 256 characters long.');
  if (/^(aws|rds):/i.test(Key)) {
    throw invalidValue(`Tag key ${Key} is invalid: keys with the prefix aws: or rds: are reserved.`);
  }
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  if (!allowed.test(Key) || !allowed.test(Value)) {
    throw invalidValue(
      'Tag keys and values may only contain Unicode letters, digits, whitespace, and _ . : / = + - @',
    );
  }
}
