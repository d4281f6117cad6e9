// Fakes as SQL: each is put together from the digest of the original value, so that the same value has the same fake
// everywhere. Addresses, numbers and names lead nowhere: example.com, +999, 10.0.0.0/8 belong to nobody.
// https://www.rfc-editor.org/rfc/rfc2606 https://en.wikipedia.org/wiki/List_of_country_calling_codes
import type { FakeKind } from '../../artifact/masking-policy.ts';
import type { Dialect, Digest } from './dialect.ts';

export interface FakeLimits {
  readonly isUnique: boolean;
  readonly maxLength?: number | undefined;
}

type Maker = (digest: Digest, dialect: Dialect, limits: FakeLimits) => string;

/** Twelve hexadecimal digits: with the words before them, enough for a thousand million different values. */
const TAIL = 12;
const FULL_EMAIL = 52;

export function formatFake(what: FakeKind, digest: Digest, dialect: Dialect, limits: FakeLimits): string {
  const { isUnique, maxLength } = limits;
  const fake = MAKERS[what](digest, dialect, limits);
  if (what === 'birth_date') return fake;
  if (isUnique && !IS_UNIQUE.has(what)) return addTail(fake, digest, dialect, maxLength);
  return maxLength === undefined ? fake : dialect.left(fake, maxLength);
}

function addTail(fake: string, digest: Digest, dialect: Dialect, maxLength: number | undefined): string {
  const head = maxLength === undefined ? fake : dialect.left(fake, maxLength - TAIL - 1);
  return dialect.concat([head, dialect.literal(' '), digest.hex(20, TAIL / 2)]);
}

/** These hold a tail of their own. */
const IS_UNIQUE: ReadonlySet<FakeKind> = new Set<FakeKind>(['email', 'phone', 'username', 'url']);

const first: Maker = (digest) => digest.word('first', 'word', 0);
const last: Maker = (digest) => digest.word('last', 'word', 3);
const street: Maker = (digest, { concat, literal }) =>
  concat([digest.number(6, 998), literal(' '), digest.word('street', 'word', 9)]);
const postcode: Maker = (digest, { left }) => left(digest.digits(12), 5);
const city: Maker = (digest) => digest.word('city', 'word', 16);

const email: Maker = (digest, { concat, literal }, { maxLength }) => {
  const tail = [digest.hex(20, TAIL / 2), literal('@example.com')];
  if (maxLength !== undefined && maxLength < FULL_EMAIL) return concat(tail);
  return concat([
    digest.word('first', 'slug', 0),
    literal('.'),
    digest.word('last', 'slug', 3),
    literal('.'),
    ...tail,
  ]);
};

const MAKERS: Readonly<Record<FakeKind, Maker>> = {
  first_name: first,
  last_name: last,
  name: (digest, dialect, limits) =>
    dialect.concat([first(digest, dialect, limits), dialect.literal(' '), last(digest, dialect, limits)]),
  username: (digest, { concat, literal, left }, { maxLength }) =>
    concat([
      left(digest.word('first', 'slug', 0), Math.max(0, Math.min(12, (maxLength ?? 64) - TAIL - 1))),
      literal('_'),
      digest.hex(20, TAIL / 2),
    ]),
  email,
  phone: (digest, { concat, literal }, { isUnique }) =>
    concat([literal('+999'), digest.digits(0), ...(isUnique ? [digest.digits(4)] : [])]),
  street,
  city,
  state: (digest) => digest.word('state', 'word', 19),
  postcode,
  country: (digest) => digest.word('country', 'word', 22),
  address: (digest, dialect, limits) =>
    dialect.concat([
      street(digest, dialect, limits),
      dialect.literal(', '),
      postcode(digest, dialect, limits),
      dialect.literal(' '),
      city(digest, dialect, limits),
    ]),
  company: (digest, { concat, literal }) =>
    concat([digest.word('last', 'word', 0), literal(' '), digest.word('company', 'word', 3)]),
  job: (digest) => digest.word('job', 'word', 0),
  ip: (digest, { concat, literal }) =>
    concat([
      literal('10.'),
      digest.number(0, 256),
      literal('.'),
      digest.number(3, 256),
      literal('.'),
      digest.number(6, 256),
    ]),
  url: (digest, { concat, literal }) => concat([literal('https://example.com/'), digest.hex(20, TAIL / 2)]),
  card: (digest, { concat, literal }) => concat([literal('9999999'), digest.digits(0)]),
  text: (digest, { concat, literal }) =>
    concat(
      [0, 3, 6, 9, 12].flatMap((place) => [
        digest.word('text', 'word', place),
        literal(place === 12 ? '.' : ' '),
      ]),
    ),
  birth_date: (digest, { date }) => date(digest.number(0, 23_000)),
};
