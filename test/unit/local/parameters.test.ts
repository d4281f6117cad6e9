import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../../src/local/faults.ts';
import { parseQuery } from '../../../src/local/http/query.ts';
import {
  boolean,
  decodeInput,
  integer,
  list,
  number,
  required,
  structure,
  text,
  time,
} from '../../../src/local/parameters.ts';

const MEMBERS = {
  Name: required(text),
  Port: integer,
  Ratio: number,
  IsOn: boolean,
  At: time,
  Tags: list('Tag', structure({ Key: text, Value: text })),
  Filter: list('Filter', structure({ Name: required(text), Value: list('item', text) })),
} as const;

const refuse = (name: string) => new Fault('Unknown', name);

function decode(form: string) {
  return decodeInput(MEMBERS, parseQuery(form), refuse);
}

function faultOf(form: string): Fault {
  try {
    decode(form);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`decoded: ${form}`);
}

test('values get the types of their description', () => {
  expect(decode('Name=a%20b&Port=5432&Ratio=0.5&IsOn=TRUE&At=2026-01-02T03:04:05Z')).toEqual({
    Name: 'a b',
    Port: 5432,
    Ratio: 0.5,
    IsOn: true,
    At: new Date('2026-01-02T03:04:05Z'),
  });
});

test('lists are taken by `member`, by the name of their items, and flat', () => {
  const tags = [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '' },
  ];
  for (const place of ['Tags.member', 'Tags.Tag', 'Tags']) {
    const form = `Name=x&${place}.2.Key=b&${place}.2.Value=&${place}.1.Key=a&${place}.1.Value=1`;
    expect(decode(form).Tags).toEqual(tags);
  }
});

test('items keep the order of their numbers, with gaps and beyond ten', () => {
  const form = [11, 2, 9].map((i) => `Filter.1.Value.${i}=v${i}`).join('&');
  expect(decode(`Name=x&Filter.1.Name=f&${form}`).Filter?.[0]?.Value).toEqual(['v2', 'v9', 'v11']);
});

test('an empty list is a list', () => {
  expect(decode('Name=x&Tags=').Tags).toEqual([]);
});

test('what is missing, unknown or of another type is a fault that names it', () => {
  expect(faultOf('Port=1')).toMatchObject({
    code: 'MissingParameter',
    message: expect.stringMatching(/Name/),
  });
  expect(faultOf('Name=')).toMatchObject({ code: 'MissingParameter' });
  expect(faultOf('Name=x&Filter.1.Value.1=y')).toMatchObject({
    message: expect.stringMatching(/Filter\.Filter\.1\.Name/),
  });
  expect(faultOf('Name=x&Other.member.1=y')).toMatchObject({ code: 'Unknown', message: 'Other' });
  for (const form of ['Port=1.5', 'Port=', 'Ratio=many', 'IsOn=yes', 'At=yesterday']) {
    expect(faultOf(`Name=x&${form}`)).toMatchObject({ code: 'MalformedInput' });
  }
});

test('names of the protocol and of a signature are nobody’s parameters', () => {
  expect(decode('Action=A&Version=1&X-Amz-Date=d&Name=x')).toEqual({ Name: 'x' });
});

test('names that objects inherit are names like any other', () => {
  expect(faultOf('Name=x&constructor=y')).toMatchObject({ code: 'Unknown' });
  expect(faultOf('Name=x&__proto__.a=y')).toMatchObject({ code: 'Unknown' });
});

test('any form is decoded or refused, never more', () => {
  const name = fc.constantFrom(
    'Name',
    'Port',
    'Tags',
    'Tags.member.1.Key',
    'Filter.1.Value.1',
    '.',
    'a..b',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(name, fc.string()), fc.string())), (fields) => {
      try {
        decode(new URLSearchParams(fields).toString());
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }),
  );
});
